// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.DBus.Objects;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.DBus.Tests;

/// <summary>Buses that come, go, or are not there.</summary>
public sealed class ConnectionTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Without_a_bus_the_reason_is_told()
    {
        BusException failure = await Assert.ThrowsAsync<BusException>(
            () => BusConnection.ConnectAsync("unix:path=/nonexistent/bus").WaitAsync(s_limit));

        Assert.Equal(BusErrorKind.Unavailable, failure.Kind);
        Assert.Equal("There is no bus at 'unix:path=/nonexistent/bus' (errno 2): is dbus running?", failure.Message);
    }

    [Fact]
    public async Task The_service_comes_back_with_the_bus()
    {
        await using MessageBus bus = await MessageBus.StartAsync();
        await bus.StopAsync();
        await using TcmuService service = RunningService.Create(bus, new FakeControl { Devices = [FakeControl.Device("disk1")] });
        for (int round = 0; round < 2; round++)
        {
            await bus.RestartAsync();
            await using BusConnection client = await BusConnection.ConnectAsync(bus.Address).WaitAsync(s_limit);
            await RunningService.WaitForOwnerAsync(client, ServiceNames.Service, owned: true);

            object[] answer = await client.CallAsync(
                ServiceNames.Service, "/org/kernel/TCMUService1/file", ServiceNames.Service, "CheckConfig", "s", ["file//x"]).WaitAsync(s_limit);

            Assert.Equal([true, "success"], answer);
            await bus.StopAsync();
            Assert.Equal(BusErrorKind.Disconnected, (await client.Ended.WaitAsync(s_limit))!.Kind);
        }

        await bus.RestartAsync();
    }

    [Fact]
    public async Task A_call_under_way_fails_when_the_bus_goes_away()
    {
        await using MessageBus bus = await MessageBus.StartAsync();
        var called = new TaskCompletionSource();
        var tree = new ObjectTree();
        var never = new BusMethod("Never", [], [], _ =>
        {
            called.SetResult();
            return new TaskCompletionSource<object[]>().Task;
        });
        tree.Add(new BusObject("/x", [new BusInterface("test.X") { Methods = [never] }]));
        await using BusConnection server = await BusConnection.ConnectAsync(bus.Address, tree);
        await using BusConnection client = await BusConnection.ConnectAsync(bus.Address);
        Task<object[]> call = client.CallAsync(server.UniqueName, "/x", "test.X", "Never");
        await called.Task.WaitAsync(s_limit);

        await bus.StopAsync();

        await Assert.ThrowsAsync<BusException>(() => call.WaitAsync(s_limit));
        Assert.Equal(BusErrorKind.Disconnected, (await Assert.ThrowsAsync<BusException>(() => client.GetNameOwnerAsync("a.b").WaitAsync(s_limit))).Kind);
        await bus.RestartAsync();
    }

    [Fact]
    public async Task A_call_without_an_answer_ends_in_time()
    {
        await using MessageBus bus = await MessageBus.StartAsync();
        var tree = new ObjectTree();
        var never = new BusMethod("Never", [], [], _ => new TaskCompletionSource<object[]>().Task);
        tree.Add(new BusObject("/x", [new BusInterface("test.X") { Methods = [never] }]));
        await using BusConnection server = await BusConnection.ConnectAsync(bus.Address, tree);
        await using BusConnection client = await BusConnection.ConnectAsync(bus.Address);

        BusException failure = await Assert.ThrowsAsync<BusException>(
            () => client.CallAsync(server.UniqueName, "/x", "test.X", "Never", timeout: TimeSpan.FromMilliseconds(100)).WaitAsync(s_limit));

        Assert.Equal(BusErrorKind.TimedOut, failure.Kind);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_and_told()
    {
        await using MessageBus bus = await MessageBus.StartAsync();
        await using BusConnection first = await BusConnection.ConnectAsync(bus.Address);
        await first.RequestNameAsync("org.example.Taken");
        await using BusConnection second = await BusConnection.ConnectAsync(bus.Address);

        BusException failure = await Assert.ThrowsAsync<BusException>(() => second.RequestNameAsync("org.example.Taken"));

        Assert.Equal((BusErrorKind.NameRefused, "The bus name org.example.Taken belongs to another program."), (failure.Kind, failure.Message));
        Assert.Equal(first.UniqueName, await second.GetNameOwnerAsync("org.example.Taken"));
    }

    [Fact]
    public async Task A_server_takes_the_name_when_it_becomes_free()
    {
        await using MessageBus bus = await MessageBus.StartAsync();
        BusConnection first = await BusConnection.ConnectAsync(bus.Address);
        await first.RequestNameAsync("org.example.Taken");
        var options = new BusServerOptions { Name = "org.example.Taken", Address = bus.Address, RetryInterval = TimeSpan.FromMilliseconds(20) };
        await using var server = new BusServer(options, new ObjectTree(), NullLogger.Instance, TimeProvider.System);
        await using BusConnection watcher = await BusConnection.ConnectAsync(bus.Address);
        var owners = Channel.CreateUnbounded<string>();
        using IDisposable watch = await watcher.WatchNameAsync("org.example.Taken", owner => owners.Writer.TryWrite(owner));
        var names = new ConcurrentBag<string>();
        server.Connected += connection => names.Add(connection.UniqueName);
        server.Start();

        await first.DisposeAsync();

        string owner = string.Empty;
        while (owner.Length == 0)
        {
            owner = await owners.Reader.ReadAsync().AsTask().WaitAsync(s_limit);
        }

        Assert.Contains(owner, names);
    }

    [Fact]
    public async Task A_server_stops_while_a_bus_keeps_it_waiting()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("tcmu-dbus-").FullName, "socket");
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(path));
        silent.Listen();
        var options = new BusServerOptions { Name = "org.example.Silent", Address = $"unix:path={path}" };
        var server = new BusServer(options, new ObjectTree(), NullLogger.Instance, TimeProvider.System);
        server.Start();
        using Socket accepted = await silent.AcceptAsync().WaitAsync(s_limit);

        await server.DisposeAsync().AsTask().WaitAsync(s_limit);
        await server.DisposeAsync().AsTask().WaitAsync(s_limit);

        Assert.False(server.IsServing);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task Disposing_twice_does_no_harm()
    {
        await using MessageBus bus = await MessageBus.StartAsync();
        BusConnection connection = await BusConnection.ConnectAsync(bus.Address);

        await connection.DisposeAsync();
        await connection.DisposeAsync();

        Assert.Null(await connection.Ended);
    }
}

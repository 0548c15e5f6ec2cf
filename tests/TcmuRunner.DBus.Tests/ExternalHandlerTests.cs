// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using TcmuRunner.DBus.Objects;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.DBus.Tests;

/// <summary>The whole life of a handler in a process of its own, as libtcmu plays it.</summary>
public sealed class ExternalHandlerTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task It_registers_answers_and_vanishes()
    {
        await using RunningService running = await RunningService.StartAsync();
        var signals = Channel.CreateUnbounded<ReceivedSignal>();
        using IDisposable watch = await running.Client.WatchAsync(
            $"type='signal',interface='org.freedesktop.DBus.ObjectManager',path='{ServiceNames.RootPath}'", signal => signals.Writer.TryWrite(signal));
        BusConnection external = await StartExternalAsync(running.Bus, "qux");

        object[] answer = await external.CallAsync(
            ServiceNames.Service, ServiceNames.HandlerManagerPath, ServiceNames.HandlerManager, "RegisterHandler", "ss", ["qux", "qux/whatever"]);

        Assert.Equal([true, "succeeded"], answer);
        ReceivedSignal added = await signals.Reader.ReadAsync().AsTask().WaitAsync(s_limit);
        Assert.Equal(("InterfacesAdded", "/org/kernel/TCMUService1/qux"), (added.Member, added.Arguments[0]));
        Assert.True(running.Service.IsServedElsewhere("qux"));
        Assert.False(running.Service.IsServedElsewhere("file"));
        Assert.Equal(
            ["/org/kernel/TCMUService1/file", "/org/kernel/TCMUService1/memory", "/org/kernel/TCMUService1/qux"],
            (await running.ManagedObjectsAsync(ServiceNames.RootPath)).Keys.Order(StringComparer.Ordinal));
        Assert.Equal((0, "(false, 'external: qux/bad')\n"), await CheckAsync(running, "qux/bad"));
        Assert.Equal((0, "(true, 'fine')\n"), await CheckAsync(running, "qux/good"));

        await external.DisposeAsync();

        ReceivedSignal removed = await signals.Reader.ReadAsync().AsTask().WaitAsync(s_limit);
        Assert.Equal(("InterfacesRemoved", "/org/kernel/TCMUService1/qux"), (removed.Member, removed.Arguments[0]));
        Assert.False(running.Service.IsServedElsewhere("qux"));
    }

    [Theory]
    [InlineData("absent", "Cannot find handler bus name: org.kernel.TCMUService1.HandlerManager1.absent")]
    [InlineData("no/path", "A subtype has 1 to 32 letters, digits and underscores.")]
    [InlineData("", "A subtype has 1 to 32 letters, digits and underscores.")]
    public async Task It_is_refused(string subtype, string reason)
    {
        await using RunningService running = await RunningService.StartAsync();

        (int Status, string Output) answer = await running.Bus.GdbusAsync(
            ServiceNames.HandlerManagerPath, "org.kernel.TCMUService1.HandlerManager1.RegisterHandler", subtype, "help");

        Assert.Equal((0, $"(false, '{reason}')\n"), answer);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("devices")]
    public async Task It_cannot_take_the_place_of_what_the_daemon_has(string subtype)
    {
        await using RunningService running = await RunningService.StartAsync();
        await using BusConnection external = await StartExternalAsync(running.Bus, subtype);

        object[] answer = await external.CallAsync(
            ServiceNames.Service, ServiceNames.HandlerManagerPath, ServiceNames.HandlerManager, "RegisterHandler", "ss", [subtype, ""]);

        Assert.Equal([false, $"The daemon has a handler or an object '{subtype}' of its own."], answer);
    }

    private static Task<(int Status, string Output)> CheckAsync(RunningService running, string configuration) =>
        running.Bus.GdbusAsync("/org/kernel/TCMUService1/qux", "org.kernel.TCMUService1.CheckConfig", configuration);

    private static async Task<BusConnection> StartExternalAsync(MessageBus bus, string subtype)
    {
        var check = new BusMethod(
            "CheckConfig", [new("config", "s")], [new("is_valid", "b"), new("message", "s")],
            call => Task.FromResult<object[]>(
                ((string)call.Arguments[0]).EndsWith("bad", StringComparison.Ordinal) ? [false, $"external: {call.Arguments[0]}"] : [true, "fine"]));
        var tree = new ObjectTree();
        tree.Add(new BusObject($"{ServiceNames.HandlerManagerPath}/{subtype}", [new BusInterface(ServiceNames.Service) { Methods = [check] }]));
        BusConnection connection = await BusConnection.ConnectAsync(bus.Address, tree);
        await connection.RequestNameAsync($"{ServiceNames.HandlerManager}.{subtype}");
        return connection;
    }
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.DBus;
using TcmuRunner.DBus.Service;
using TcmuRunner.DBus.Tests;

namespace TcmuRunner.Ctl.Tests;

/// <summary>A daemon's service on a private bus, for commands.</summary>
internal sealed class Machine(MessageBus bus, FakeControl control, TcmuService service) : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    public FakeControl Control => control;

    public TcmuService Service => service;

    public static async Task<Machine> StartAsync(params DeviceFacts[] devices)
    {
        MessageBus bus = await MessageBus.StartAsync();
        var control = new FakeControl { Devices = devices };
        var service = new TcmuService(
            control, new BusServerOptions { Name = ServiceNames.Service, Address = bus.Address }, NullLogger.Instance, TimeProvider.System);
        await using BusConnection client = await BusConnection.ConnectAsync(bus.Address);
        var changed = new SemaphoreSlim(0);
        using IDisposable watch = await client.WatchNameAsync(ServiceNames.Service, _ => changed.Release());
        service.UpdateDevices();
        service.Start();
        while (await client.GetNameOwnerAsync(ServiceNames.Service) is null || await CountAsync(client) != devices.Length)
        {
            await changed.WaitAsync(TimeSpan.FromMilliseconds(50));
        }

        return new Machine(bus, control, service);
    }

    public static async Task<Result> RunAsync(StringWriter output, string address, params string[] words)
    {
        var error = new StringWriter();
        int status = await CommandLine.RunAsync([.. words, .. (address.Length > 0 ? new[] { "--bus", address } : [])], output, error, CancellationToken.None).WaitAsync(s_limit);
        return new Result(status, output.ToString(), error.ToString());
    }

    public Task<Result> RunAsync(StringWriter output, params string[] words) => RunAsync(output, bus.Address, words);

    public Task<Result> RunAsync(params string[] words) => RunAsync(new StringWriter(), bus.Address, words);

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        await bus.DisposeAsync();
    }

    private static async Task<int> CountAsync(BusConnection client)
    {
        object[] answer = await client.CallAsync(ServiceNames.Service, ServiceNames.DevicesPath, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");
        return ((Dictionary<object, object>)answer[0]).Count;
    }
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.DBus.Tests;

/// <summary>The service on a private bus, and a connection of ours to call it with.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private RunningService(MessageBus bus, FakeControl control, TcmuService service, BusConnection client)
    {
        Bus = bus;
        Control = control;
        Service = service;
        Client = client;
    }

    public MessageBus Bus { get; }

    public FakeControl Control { get; }

    public TcmuService Service { get; }

    public BusConnection Client { get; }

    public static Task<RunningService> StartAsync(params DeviceFacts[] devices) => StartAsync(control => control.Devices = devices);

    public static async Task<RunningService> StartAsync(Action<FakeControl> prepare)
    {
        MessageBus bus = await MessageBus.StartAsync();
        var control = new FakeControl();
        prepare(control);
        TcmuService service = Create(bus, control);
        BusConnection client = await BusConnection.ConnectAsync(bus.Address).WaitAsync(s_limit);
        var running = new RunningService(bus, control, service, client);
        await running.WaitForOwnerAsync(ServiceNames.Service, owned: true);
        return running;
    }

    /// <summary>Starts a service on a bus, with short pauses.</summary>
    public static TcmuService Create(MessageBus bus, FakeControl control)
    {
        var options = new BusServerOptions
        {
            Name = ServiceNames.Service,
            Address = bus.Address,
            RetryInterval = TimeSpan.FromMilliseconds(50),
            MaximumRetryInterval = TimeSpan.FromMilliseconds(200),
        };
        var service = new TcmuService(control, options, NullLogger.Instance, TimeProvider.System);
        service.Start();
        return service;
    }

    /// <summary>Waits until a name has an owner, or none.</summary>
    public Task WaitForOwnerAsync(string name, bool owned) => WaitForOwnerAsync(Client, name, owned);

    public static async Task WaitForOwnerAsync(BusConnection client, string name, bool owned)
    {
        var changed = new SemaphoreSlim(0);
        using IDisposable watch = await client.WatchNameAsync(name, _ => changed.Release());
        while (await client.GetNameOwnerAsync(name) is null == owned)
        {
            Assert.True(await changed.WaitAsync(s_limit), $"{name} is {(owned ? "not " : "")}owned.");
        }
    }

    /// <summary>Calls the service.</summary>
    public Task<object[]> CallAsync(string path, string interfaceName, string member, string signature = "", params object[] arguments) =>
        Client.CallAsync(ServiceNames.Service, path, interfaceName, member, signature, arguments).WaitAsync(s_limit);

    /// <summary>The error that a call ends with.</summary>
    public Task<BusException> FailAsync(string path, string interfaceName, string member, string signature = "", params object[] arguments) =>
        Assert.ThrowsAsync<BusException>(() => CallAsync(path, interfaceName, member, signature, arguments));

    /// <summary>The paths and interfaces that a manager lists.</summary>
    public async Task<Dictionary<string, Dictionary<object, object>>> ManagedObjectsAsync(string path)
    {
        object[] answer = await CallAsync(path, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");
        return ((Dictionary<object, object>)answer[0]).ToDictionary(pair => (string)pair.Key, pair => (Dictionary<object, object>)pair.Value);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Service.DisposeAsync();
        await Bus.DisposeAsync();
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using TcmuRunner.Tcmu.Front;
using TcmuRunner.Tcmu.Tests.Netlink;

namespace TcmuRunner.Tcmu.Tests.Front;

/// <summary>Opens devices without ring and handler, and does what a test wants instead.</summary>
internal sealed class FakeDeviceFactory(FakeTcmuKernel kernel) : ITcmuDeviceFactory
{
    private readonly ConcurrentDictionary<string, FakeDevice> _devices = new();
    private readonly ConcurrentQueue<TcmuDeviceRequest> _requests = new();

    /// <summary>Runs for each open; may throw, or wait for ever.</summary>
    internal Func<TcmuDeviceRequest, CancellationToken, Task> OnOpen { get; set; } = static (_, _) => Task.CompletedTask;

    /// <summary>Runs each time that a ring is opened; may throw.</summary>
    internal Func<Task> OnStart { get; set; } = static () => Task.CompletedTask;

    internal IReadOnlyList<TcmuDeviceRequest> Requests => [.. _requests];

    /// <summary>The last device opened with a name, <c>subtype/device</c>.</summary>
    internal FakeDevice this[string name] => _devices[name];

    public async Task<ITcmuDevice> OpenAsync(TcmuDeviceRequest request, CancellationToken cancellationToken)
    {
        _requests.Enqueue(request);
        kernel.Note($"open {request.Name}");
        await OnOpen(request, cancellationToken);
        var device = new FakeDevice(kernel, request) { OnStart = () => OnStart() };
        _devices[request.Name] = device;
        return device;
    }
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TcmuRunner.DBus.Service;
using TcmuRunner.Targets;
using TcmuRunner.Tcmu;

namespace TcmuRunner.Control;

/// <summary>
/// Puts the daemon on the system bus, after the fronts serve and beside everything else: nothing waits for it, and disks are served
/// whether or not there is a bus.
/// </summary>
/// <param name="createControl">Makes what callers can ask for.</param>
/// <param name="front">Tells of devices that change.</param>
/// <param name="targets">Tells of targets and sessions that change.</param>
/// <param name="logger">Gets what happens on the bus.</param>
internal sealed class BusService(Func<DaemonControl> createControl, TcmuFront front, TargetsService targets, ILogger logger) : IHostedService, IAsyncDisposable
{
    private Task<TcmuService>? _starting;
    private volatile TcmuService? _service;

    /// <summary>Whether the devices of a subtype are served by another process, which has registered for it. Any thread.</summary>
    internal bool IsServedElsewhere(string subtype) => _service?.IsServedElsewhere(subtype) ?? false;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not awaited: what D-Bus needs is compiled while disks are served already.
        _starting = Task.Run(CreateService, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_starting is not null)
        {
            TcmuService service = await _starting;
            front.DevicesChanged -= service.UpdateDevices;
            targets.Changed -= service.UpdateDevices;
            await service.DisposeAsync();
        }
    }

    private TcmuService CreateService()
    {
        var service = new TcmuService(createControl(), options: null, logger, TimeProvider.System);
        _service = service;
        front.DevicesChanged += service.UpdateDevices;
        targets.Changed += service.UpdateDevices;
        service.UpdateDevices();
        service.Start();
        return service;
    }
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TcmuRunner.DBus;
using TcmuRunner.Tcmu;

namespace TcmuRunner.Control;

/// <summary>
/// Tells systemd that the fronts serve, what they serve, and that they are alive. Without systemd it does nothing.
/// </summary>
/// <remarks>
/// A sign of life needs the thread pool, the front's table and the loop of at least one device, if there is one. One device that hangs
/// must not cost the others a restart: it is named in the log instead.
/// </remarks>
/// <param name="front">The devices.</param>
/// <param name="logger">Gets the devices that hang.</param>
/// <param name="timeProvider">Measures the pauses.</param>
internal sealed class ServiceManagerService(TcmuFront front, ILogger logger, TimeProvider timeProvider) : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<string> _silent = [];
    private Task _watching = Task.CompletedTask;
    private int _isStatusDue;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (ServiceManager.IsListening)
        {
            front.DevicesChanged += OnDevicesChanged;
            ServiceManager.Notify("READY=1\n" + Status());
            if (ServiceManager.WatchdogLimit is { } limit)
            {
                _watching = WatchAsync(limit / 2);
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        front.DevicesChanged -= OnDevicesChanged;
        ServiceManager.Notify("STOPPING=1\nSTATUS=Handing over the devices");
        await DisposeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
    }

    /// <summary>Looks once, and tells that all is well if it is.</summary>
    /// <param name="limit">How long a loop may take to answer.</param>
    internal async Task<bool> LookAsync(TimeSpan limit)
    {
        (int count, IReadOnlyList<string> silent) = await front.AskLoopsAsync(limit);
        foreach (string device in silent.Where(_silent.Add))
        {
            logger.LoopSilent(device, limit.TotalSeconds);
        }

        _silent.IntersectWith(silent);
        return count == 0 || silent.Count < count;
    }

    private async Task WatchAsync(TimeSpan interval)
    {
        using var timer = new PeriodicTimer(interval, timeProvider);
        try
        {
            do
            {
                if (await LookAsync(interval / 2))
                {
                    ServiceManager.Notify("WATCHDOG=1");
                }
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // From here on the stop has a limit of its own.
            ServiceManager.Notify("WATCHDOG=1");
        }
    }

    private void OnDevicesChanged()
    {
        if (Interlocked.Exchange(ref _isStatusDue, 1) == 0)
        {
            ThreadPool.QueueUserWorkItem(
                static service =>
                {
                    Interlocked.Exchange(ref service._isStatusDue, 0);
                    ServiceManager.Notify(service.Status());
                },
                this,
                preferLocal: false);
        }
    }

    private string Status()
    {
        IReadOnlyList<TcmuDeviceStatus> devices = front.Devices;
        int served = devices.Count(device => device.State == TcmuDeviceState.Serving);
        return served == devices.Count ? $"STATUS=Serving {served} devices" : $"STATUS=Serving {served} of {devices.Count} devices";
    }
}

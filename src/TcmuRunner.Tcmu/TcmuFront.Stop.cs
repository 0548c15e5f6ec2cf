// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.Front;

namespace TcmuRunner.Tcmu;

/// <content>Stop: everything stays in the kernel for the next daemon.</content>
public sealed partial class TcmuFront
{
    private Task? _stop;

    /// <summary>
    /// Hands the devices over to the next daemon: no new operations, then for each device block, drain, close, unblock. Idempotent; does
    /// not throw; ends within the limits of the options, whatever handlers do.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the work goes on until the process ends.</param>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_sync)
        {
            _isStopping = true;
            _stop ??= Task.Run(StopCoreAsync, CancellationToken.None);
            return _stop.WaitAsync(cancellationToken);
        }
    }

    private async Task StopCoreAsync()
    {
        if (!_isStarted)
        {
            return;
        }

        bool isBlocked = false;
        SwitchNetlink(() => isBlocked = ConfigFs.TryBlockNetlink());
        await WaitForEventsUnderWayAsync().ConfigureAwait(false);
        DeviceController[] devices = Controllers();
        await Task.WhenAll(devices.Select(device => device.HandOverAsync())).ConfigureAwait(false);
        await _netlink.DisposeAsync().ConfigureAwait(false);
        lock (_sync)
        {
            _devices.Clear();
        }

        if (isBlocked && !_options.BlockNetlinkAfterStop)
        {
            SwitchNetlink(ConfigFs.UnblockNetlink);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Front;

/// <content>The end: the kernel removes the device, or this program hands it over to the next one.</content>
internal sealed partial class DeviceController
{
    /// <summary>Closes the device, which the kernel is removing or has removed.</summary>
    /// <returns>Ends within a few <see cref="TcmuFrontOptions.StopLimit"/>, whatever the handler does. Does not throw.</returns>
    internal async Task RemoveAsync()
    {
        // No access to configfs from here on: rmdir may hold the directory's locks until this is answered.
        _environment.Close();
        ITcmuDevice? device = await LeaveAsync().ConfigureAwait(false);
        if (device is not null)
        {
            await StopQuietlyAsync(device).ConfigureAwait(false);
        }

        await WaitForLateOpenAsync().ConfigureAwait(false);
        _services.NoteChange();
        Log.DeviceRemoved(_services.Logger, DisplayName, UioDeviceName);
    }

    /// <summary>Stops serving the device, which stays in the kernel for the next daemon.</summary>
    /// <remarks>Blocked while it drains, so that no command is accepted that nobody would execute; unblocked at the end, so that commands
    /// wait for the next daemon in the ring as long as <c>cmd_time_out</c> allows.</remarks>
    internal async Task HandOverAsync()
    {
        ITcmuDevice? device = await LeaveAsync().ConfigureAwait(false);
        if (device is not null)
        {
            Block();
            if (!await device.DrainAsync(_services.Options.DrainLimit).ConfigureAwait(false))
            {
                Log.DrainIncomplete(
                    _services.Logger, DisplayName, _services.Options.DrainLimit.TotalSeconds, device.Statistics.CommandsInFlight);
            }

            await StopQuietlyAsync(device).ConfigureAwait(false);
        }

        await WaitForLateOpenAsync().ConfigureAwait(false);
        Unblock();
        Log.DeviceHandedOver(_services.Logger, DisplayName, UioDeviceName);
    }

    /// <summary>Ends what is going on and takes the device, so that nothing else is done with it.</summary>
    private async Task<ITcmuDevice?> LeaveAsync()
    {
        await _leaving.CancelAsync().ConfigureAwait(false);
        using var limit = new CancellationTokenSource(_services.Options.StopLimit, _services.TimeProvider);
        try
        {
            await _turn.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Log.OperationAbandoned(_services.Logger, DisplayName, _services.Options.StopLimit.TotalSeconds);
        }

        lock (_sync)
        {
            ITcmuDevice? device = _device;
            _device = null;
            return device;
        }
    }

    private void Block()
    {
        try
        {
            _attributes.TryBlock();
        }
        catch (TcmuException exception)
        {
            Log.AttributeFailed(_services.Logger, DisplayName, exception.Message);
        }
    }

    private async Task StopQuietlyAsync(ITcmuDevice device)
    {
        try
        {
            await device.StopAsync(_services.Options.StopLimit).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.CloseOfDeviceFailed(_services.Logger, DisplayName, exception);
        }
    }

    private async Task WaitForLateOpenAsync()
    {
        try
        {
            await _late.WaitAsync(_services.Options.StopLimit, _services.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log.OperationAbandoned(_services.Logger, DisplayName, _services.Options.StopLimit.TotalSeconds);
        }
    }
}

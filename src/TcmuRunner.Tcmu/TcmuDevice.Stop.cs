// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Tcmu;

internal sealed partial class TcmuDevice
{
    private async Task WaitDrainedAsync()
    {
        Task? drained = null;
        await _loop.InvokeAsync(() =>
        {
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drained = _drained.Task;
            SignalDrained();
        }).ConfigureAwait(false);
        await drained!.ConfigureAwait(false);
    }

    private async Task StopWithinAsync(TimeSpan limit)
    {
        // One sequence, whether it fits the limit or not: what a hanging handler keeps waiting goes on in the background.
        Task closing = CloseAsync();
        try
        {
            await closing.WaitAsync(limit, _timeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log.DeviceAbandoned(_logger, Name, UioName, _ring.InFlight, limit.TotalSeconds);
            // The kernel's ring may be reset and served by somebody else from now on: a late answer would break it.
            _ = _loop.InvokeAsync(_ring.Detach);
        }

        _ended.TrySetResult(new TcmuDeviceEnd(TcmuDeviceEndReason.Stopped));
    }

    private async Task CloseAsync()
    {
        try
        {
            Task? idle = null;
            await _loop.InvokeAsync(() =>
            {
                _takesNoMore = true;
                _ring.AbortAll();
                idle = _ring.WhenIdle();
            }).ConfigureAwait(false);
            await idle!.ConfigureAwait(false);
            // The last answers may be news still: their turn need not have ended before the wait did.
            await _loop.InvokeAsync(() =>
            {
                Notify();
                _ring.Detach();
            }).ConfigureAwait(false);
            await _loop.RemoveAsync(this).ConfigureAwait(false);
            _options.Uio.Channel.Dispose();
            await CloseLogicalUnitAsync().ConfigureAwait(false);
            _ring.Dispose();
            _options.Uio.Region.Dispose();
            await _loop.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.CloseFailed(_logger, exception, Name);
        }
    }

    private async Task CloseLogicalUnitAsync()
    {
        try
        {
            LogicalUnit.RemoveNexus(_nexus);
            await LogicalUnit.DisposeAsync().ConfigureAwait(false);
        }
        catch (HandlerException exception)
        {
            Log.CloseFailed(_logger, exception, Name);
        }
    }

    private async Task LeaveLoopAsync()
    {
        try
        {
            await _loop.RemoveAsync(this).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.CloseFailed(_logger, exception, Name);
        }
    }
}

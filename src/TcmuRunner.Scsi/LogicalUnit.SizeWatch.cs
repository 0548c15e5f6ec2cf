// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>A backing store to which somebody else gives another size.</content>
public sealed partial class LogicalUnit : ISizeObserver
{
    private readonly Lock _followingLock = new();
    private Task _following = Task.CompletedTask;

    /// <inheritdoc/>
    void ISizeObserver.SizeChanged()
    {
        lock (_followingLock)
        {
            // One after the other, and closing waits for the last.
            _following = FollowSizeAfterAsync(_following);
        }
    }

    private Task EndFollowingAsync()
    {
        lock (_followingLock)
        {
            return _following;
        }
    }

    private async Task FollowSizeAfterAsync(Task earlier)
    {
        await earlier.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await FollowSizeAsync(_closing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // A disk that goes away has no size.
        }
        catch (Exception exception)
        {
            Log.SizeNotFollowed(_logger, Name, exception.Message);
        }
    }

    private async Task FollowSizeAsync(CancellationToken cancellationToken)
    {
        long available;
        await _control.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            BackingDevice device = _device;
            available = device.Device.Characteristics.SizeBytes;
            if (_options.FollowSize is null || available < BlockCount << device.BlockShift)
            {
                TakeOver(BackingDevice.Create(device.Device, Name, device.BlockSizeBytes));
            }
        }
        finally
        {
            _control.Release();
        }

        // Outside of the control lock: the front comes back with the new size.
        if (_options.FollowSize is { } follow)
        {
            await follow(available).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}

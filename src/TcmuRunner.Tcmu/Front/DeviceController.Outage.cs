// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Front;

/// <content>
/// What initiators see while a device is not served: BUSY for as long as the kernel would wait for a command, errors from then on.
/// </content>
internal sealed partial class DeviceController
{
    private TimeSpan _commandTimeOut;
    private long? _outageStarted;
    private bool _isReleased;

    private void BeginOutage()
    {
        _outageStarted = _services.TimeProvider.GetTimestamp();
        _isReleased = false;
        try
        {
            _commandTimeOut = _attributes.ReadCommandTimeOut();
        }
        catch (TcmuException exception)
        {
            _commandTimeOut = TimeSpan.Zero;
            Log.AttributeFailed(_services.Logger, DisplayName, exception.Message);
        }
    }

    /// <returns>The time until the device is to be unblocked although it is not served; null for never.</returns>
    private TimeSpan? DueForRelease() => _isReleased || _commandTimeOut == TimeSpan.Zero
        ? null
        : Max(_commandTimeOut - OutageSoFar(), TimeSpan.Zero);

    private TimeSpan OutageSoFar() => _outageStarted is { } started ? _services.TimeProvider.GetElapsedTime(started) : TimeSpan.Zero;

    private void Release()
    {
        _isReleased = true;
        Log.DeviceReleased(_services.Logger, DisplayName, _commandTimeOut.TotalSeconds);
        Unblock();
    }

    /// <summary>
    /// An attempt that gets as far as the ring blocks the device again; nobody else would unblock one whose time is over.
    /// </summary>
    private void RestoreRelease()
    {
        if (_isReleased && !_leaving.IsCancellationRequested)
        {
            Unblock();
        }
    }

    /// <summary>Every outstanding command goes back to the initiator with BUSY, and no new one comes.</summary>
    private void BlockAndReset()
    {
        try
        {
            if (_attributes.TryBlock())
            {
                _attributes.TryResetRing();
            }
        }
        catch (TcmuException exception)
        {
            Log.AttributeFailed(_services.Logger, DisplayName, exception.Message);
        }
    }

    private void Unblock()
    {
        try
        {
            _attributes.TryUnblock();
        }
        catch (TcmuException exception)
        {
            Log.AttributeFailed(_services.Logger, DisplayName, exception.Message);
        }
    }
}

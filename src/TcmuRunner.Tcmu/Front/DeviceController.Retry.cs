// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Front;

/// <content>Serving a device that exists: at the start, and again after it failed.</content>
internal sealed partial class DeviceController
{
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasNewConfiguration;

    /// <summary>Serves a device that was found; when that fails it is tried again in the background.</summary>
    /// <returns>Ends after the first attempt.</returns>
    internal async Task AdoptAsync()
    {
        BeginOutage();
        if (!await TryServeAsync().ConfigureAwait(false))
        {
            BeginRetrying();
        }
    }

    /// <summary>Tries again to serve a device, after a pause and until it works, the device is gone, or this program leaves it.</summary>
    internal void BeginRetrying()
    {
        if (_outageStarted is null)
        {
            BeginOutage();
        }

        _state = TcmuDeviceState.Retrying;
        _services.NoteChange();
        _ = RetryAsync();
    }

    private async Task RetryAsync()
    {
        try
        {
            TimeSpan pause = _services.Options.RetryInterval;
            do
            {
                bool hurried = await PauseAsync(pause).ConfigureAwait(false);
                pause = hurried ? _services.Options.RetryInterval : Min(pause * 2, _services.Options.MaximumRetryInterval);
            }
            while (!await TryServeAsync().ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // Leaving.
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <returns>Whether a new configuration cut the pause short.</returns>
    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        Task hurry = Volatile.Read(ref _hurry).Task;
        if (DueForRelease() is { } due && due <= pause)
        {
            pause -= due;
            if (await OutlastsAsync(hurry, due).ConfigureAwait(false))
            {
                Release();
            }
        }

        await OutlastsAsync(hurry, pause).ConfigureAwait(false);
        _leaving.Token.ThrowIfCancellationRequested();
        if (!hurry.IsCompleted)
        {
            return false;
        }

        Volatile.Write(ref _hurry, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return true;
    }

    /// <summary>Waits for a task, but not longer than a time, and not when leaving.</summary>
    /// <returns>Whether the task goes on after that time; false also when leaving, which takes configfs away.</returns>
    private async Task<bool> OutlastsAsync(Task task, TimeSpan time)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        await Task.WhenAny(task, Task.Delay(time, _services.TimeProvider, enough.Token)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        return !task.IsCompleted && !_leaving.IsCancellationRequested;
    }

    /// <returns>True when there is nothing more to try: the device is served, gone, left or hopeless.</returns>
    private async Task<bool> TryServeAsync()
    {
        bool hasTurn = false;
        try
        {
            await _turn.WaitAsync(_leaving.Token).ConfigureAwait(false);
            hasTurn = true;
            if (HasVanished())
            {
                return true;
            }

            await ServeExistingAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception) when (_leaving.IsCancellationRequested)
        {
            return true;
        }
        catch (TcmuException exception) when (exception.Kind == TcmuErrorKind.NotSupported)
        {
            Fail(exception);
            return true;
        }
        catch (Exception exception)
        {
            return HasVanished() || NoteFailure(exception);
        }
        finally
        {
            if (hasTurn)
            {
                _turn.Release();
            }
        }
    }

    private async Task ServeExistingAsync()
    {
        ITcmuDevice device = await OpenWatchedAsync().ConfigureAwait(false);
        try
        {
            _leaving.Token.ThrowIfCancellationRequested();

            // Before somebody looks into the ring, what is left in it from an earlier life goes back to the initiators. Not sooner:
            // they send it again, and again, until the device is unblocked, and take the processors from the handler that opens.
            BlockAndReset();
            await device.StartAsync(_leaving.Token).ConfigureAwait(false);
            if (_isNew)
            {
                PublishWriteCache(device);
            }

            Serve(device);
        }
        catch
        {
            await DisposeQuietlyAsync(device).ConfigureAwait(false);
            RestoreRelease();
            throw;
        }

        _outageStarted = null;
        Unblock();
    }

    /// <summary>
    /// Opens the handler's device however long that takes. When it takes long the kernel's is blocked meanwhile, and released when due.
    /// </summary>
    private async Task<ITcmuDevice> OpenWatchedAsync()
    {
        Task<ITcmuDevice> opening = OpenUnitAsync(Timeout.InfiniteTimeSpan);
        if (!_isReleased && await OutlastsAsync(opening, _services.Options.RetryInterval).ConfigureAwait(false))
        {
            BlockAndReset();
            if (DueForRelease() is { } due && await OutlastsAsync(opening, due).ConfigureAwait(false))
            {
                _state = TcmuDeviceState.Retrying;
                _lastError ??= "The handler has not opened it yet.";
                Release();
            }
        }

        // Also when leaving: it ends soon then, and what it has opened must be closed.
        return await opening.ConfigureAwait(false);
    }

    /// <summary>Takes over the name that the kernel has now.</summary>
    /// <returns>Whether the device is gone, or its number belongs to another one; the front has been told then.</returns>
    private bool HasVanished()
    {
        if (_services.ConfigFs.ReadName(Minor) is { } found && found.IsSameDevice(_name))
        {
            // A configuration that has just been accepted shows up there only after our reply.
            if (!_hasNewConfiguration)
            {
                _name = found;
            }

            return false;
        }

        _onVanished(this);
        return true;
    }

    private bool NoteFailure(Exception exception)
    {
        _state = TcmuDeviceState.Retrying;
        if (!_isReleased)
        {
            BlockAndReset();
        }

        if (_lastError != exception.Message)
        {
            _lastError = exception.Message;
            _services.NoteChange();
            Log.DeviceRetried(_services.Logger, DisplayName, UioDeviceName, exception.Message);
        }

        return false;
    }

    /// <summary>Gives the device up, at once, as nobody will serve it when its time is over either.</summary>
    private void Fail(Exception exception)
    {
        _lastError = exception.Message;
        _state = TcmuDeviceState.Failed;
        _services.NoteChange();
        Log.DeviceFailedForGood(_services.Logger, DisplayName, UioDeviceName, exception.Message);
        if (_isReleased || _leaving.IsCancellationRequested)
        {
            return;
        }

        if (_commandTimeOut == TimeSpan.Zero)
        {
            BlockAndReset();
        }
        else
        {
            Release();
        }
    }

    private async Task WatchAsync(ITcmuDevice device)
    {
        Exception? failure = await device.Ended.ConfigureAwait(false);
        lock (_sync)
        {
            if (_leaving.IsCancellationRequested || !ReferenceEquals(_device, device))
            {
                return;
            }

            _device = null;
        }

        BeginOutage();
        await StopQuietlyAsync(device).ConfigureAwait(false);
        if (failure is not null && !await NoteBrokenRingAsync(failure).ConfigureAwait(false))
        {
            return;
        }

        // Without a failure the kernel has removed the device while netlink was blocked: the next attempt finds that out.
        BeginRetrying();
    }

    /// <returns>False when leaving, which has unblocked the device for the next daemon or answers its removal.</returns>
    private async Task<bool> NoteBrokenRingAsync(Exception failure)
    {
        try
        {
            await _turn.WaitAsync(_leaving.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }

        try
        {
            NoteFailure(failure);
        }
        finally
        {
            _turn.Release();
        }

        return true;
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}

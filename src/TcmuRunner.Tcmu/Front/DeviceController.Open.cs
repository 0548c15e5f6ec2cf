// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Tcmu.Front;

/// <content>Opening, the same for a new device and for one that exists.</content>
internal sealed partial class DeviceController
{
    private bool _isNew;
    private Task _late = Task.CompletedTask;

    /// <summary>Serves a device that is being created.</summary>
    /// <returns>0, or the negative errno with which the creation fails.</returns>
    /// <remarks>
    /// Runs inside the administrator's write to <c>enable</c>, before the kernel has configured the device: the actions fail with EINVAL
    /// then, and the ring is empty, so neither block nor reset is needed.
    /// </remarks>
    internal async Task<int> AddAsync()
    {
        _isNew = true;
        ITcmuDevice? device = null;
        bool hasTurn = false;
        try
        {
            await _turn.WaitAsync(_leaving.Token).ConfigureAwait(false);
            hasTurn = true;
            device = await OpenUnitAsync(_services.Options.OpenLimit).ConfigureAwait(false);
            await device.StartAsync(_leaving.Token).ConfigureAwait(false);
            PublishWriteCache(device);
            Serve(device);
            return 0;
        }
        catch (Exception exception)
        {
            if (device is not null)
            {
                await DisposeQuietlyAsync(device).ConfigureAwait(false);
            }

            _lastError = exception.Message;
            _state = TcmuDeviceState.Failed;
            Log.DeviceRefused(_services.Logger, DisplayName, UioDeviceName, exception.Message);
            return ControlErrno.StatusOf(exception);
        }
        finally
        {
            if (hasTurn)
            {
                _turn.Release();
            }
        }
    }

    /// <summary>Whether the kernel waits for the reply to this device's events and drops the device when it is refused.</summary>
    internal bool ReadWaitsForReplies()
    {
        try
        {
            return _attributes.ReadWaitsForReplies();
        }
        catch (TcmuException exception)
        {
            // The device is on its way out, or so broken that trying again would not help.
            Log.AttributeFailed(_services.Logger, DisplayName, exception.Message);
            return true;
        }
    }

    /// <summary>Opens the handler's device.</summary>
    /// <param name="limit">After this time the attempt is given up; what it still opens is closed again.</param>
    private async Task<ITcmuDevice> OpenUnitAsync(TimeSpan limit)
    {
        TcmuDeviceRequest request = MakeRequest();
        var attempt = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        Task<ITcmuDevice>? opening = null;
        bool given = false;
        try
        {
            using IDisposable slot = await _services.Gate.EnterAsync(_leaving.Token).ConfigureAwait(false);
            opening = ControlThread.RunAsync(() => _services.Factory.OpenAsync(request, attempt.Token));
            ITcmuDevice device = await opening.WaitAsync(limit, _services.TimeProvider, _leaving.Token).ConfigureAwait(false);
            given = true;
            return device;
        }
        catch (TimeoutException exception) when (opening is { IsCompleted: false })
        {
            throw new HandlerException(
                HandlerErrorKind.TimedOut, $"The handler of {DisplayName} did not open it within {limit.TotalSeconds} s.", exception);
        }
        finally
        {
            if (given)
            {
                attempt.Dispose();
            }
            else
            {
                _late = EndLateAsync(opening, attempt);
            }
        }
    }

    private TcmuDeviceRequest MakeRequest()
    {
        if (!RunnerOptions.TryParse(_name.Configuration, out RunnerOptions? options, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        if (!_services.Catalog.TryGet(_name.Subtype, out _))
        {
            throw new HandlerException(HandlerErrorKind.NotFound, $"No handler for '{_name.Subtype}' is loaded.");
        }

        int blockSizeBytes = _attributes.ReadBlockSizeBytes();
        return new TcmuDeviceRequest
        {
            Minor = Minor,
            Name = DisplayName,
            Configuration = options.Configuration.Text,
            CommandTimeOut = options.CommandTimeOut,
            BlockSizeBytes = blockSizeBytes,
            SizeBytes = _attributes.ReadSizeBytes(),
            FollowSize = sizeBytes => BlockingCall.RunAsync(() => _attributes.WriteSizeBytes(sizeBytes)),
            MaximumTransferBlocks = _attributes.ReadMaximumTransferBlocks(blockSizeBytes),
            // What configfs says counts for a device that exists. The C program never wrote it, so its devices say 0 and become
            // write-through: the safe direction. A new device starts as its handler likes, and PublishWriteCache makes configfs agree.
            WriteCache = _isNew ? null : _attributes.ReadWriteCache(),
            IsReopen = !_isNew,
            Environment = _environment,
        };
    }

    /// <summary>Makes <c>emulate_write_cache</c> of a new device tell the truth, for targetcli's saveconfig and for our own next start. No
    /// event comes of it, because the device is not configured yet.</summary>
    private void PublishWriteCache(ITcmuDevice device)
    {
        if (!device.WriteCacheEnabled)
        {
            return;
        }

        try
        {
            _attributes.WriteWriteCache(on: true);
        }
        catch (TcmuException exception)
        {
            // Kernels before 4.13 do not have it. The cache is on all the same; only a restart switches it off.
            Log.AttributeFailed(_services.Logger, DisplayName, exception.Message);
        }
    }

    private void Serve(ITcmuDevice device)
    {
        lock (_sync)
        {
            // Whoever leaves cancels first and looks for a device afterwards, under the same lock.
            _leaving.Token.ThrowIfCancellationRequested();
            _device = device;
        }

        _isNew = false;
        _lastError = null;
        _state = TcmuDeviceState.Serving;
        _services.NoteChange();
        Log.DeviceServing(_services.Logger, DisplayName, UioDeviceName, device.SizeBytes);
        _ = WatchAsync(device);
    }

    /// <summary>Closes what an attempt that was given up opens after all.</summary>
    private async Task EndLateAsync(Task<ITcmuDevice>? opening, CancellationTokenSource attempt)
    {
        await attempt.CancelAsync().ConfigureAwait(false);
        if (opening is not null)
        {
            ITcmuDevice? late = await opening.ContinueWith(
                static task => task.IsCompletedSuccessfully ? task.Result : null,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default).ConfigureAwait(false);
            if (late is not null)
            {
                await DisposeQuietlyAsync(late).ConfigureAwait(false);
            }
        }

        attempt.Dispose();
    }

    private async Task DisposeQuietlyAsync(ITcmuDevice device)
    {
        try
        {
            await device.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.CloseOfDeviceFailed(_services.Logger, DisplayName, exception);
        }
    }
}

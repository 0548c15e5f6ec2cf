// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>What the administrator changes while commands go on.</content>
public sealed partial class LogicalUnit
{
    // One change at a time. A command never waits for it: a change may itself wait for a command of the engine's.
    private readonly SemaphoreSlim _control = new(1, 1);
    private ConfigurationString _configuration;
    private Task _backgroundFlush = Task.CompletedTask;
    private int _owesFlushFailure;
    private bool _isDisposed;

    /// <summary>Changes the capacity; initiators get UNIT ATTENTION / CAPACITY DATA HAS CHANGED. The same size changes nothing. For control threads.</summary>
    /// <exception cref="HandlerException">The device refuses; nothing has changed.</exception>
    public async ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        await _control.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            BackingDevice device = _device;
            if (sizeBytes == BlockCount << device.BlockShift)
            {
                return;
            }

            if (sizeBytes <= 0 || sizeBytes % device.BlockSizeBytes != 0)
            {
                throw new HandlerException(
                    HandlerErrorKind.SizeMismatch, $"{Name}: {sizeBytes} bytes are not a positive multiple of the block size {device.BlockSizeBytes}.");
            }

            if (device.Resize is null)
            {
                throw new HandlerException(HandlerErrorKind.NotSupported, $"{Name}: the handler '{_configuration.Subtype}' cannot change the size of this disk.");
            }

            // A disk that shrinks does so for initiators first: no new command may reach what goes away.
            long oldCount = BlockCount;
            long newCount = sizeBytes >> device.BlockShift;
            Volatile.Write(ref _blockCount, Math.Min(oldCount, newCount));
            try
            {
                await device.Resize.ResizeAsync(sizeBytes, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                Volatile.Write(ref _blockCount, oldCount);
                throw;
            }

            SetCapacity(oldCount, newCount);
        }
        finally
        {
            _control.Release();
        }
    }

    /// <summary>Takes over a new configuration string. The same string changes nothing. For control threads.</summary>
    /// <exception cref="HandlerException">The handler or the device refuses; nothing has changed.</exception>
    public async ValueTask ReconfigureAsync(string configuration, CancellationToken cancellationToken)
    {
        await _control.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!ConfigurationString.TryParse(configuration, out ConfigurationString? parsed, out string? reason))
            {
                throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"{Name}: {reason}");
            }

            if (parsed.Text == _configuration.Text)
            {
                return;
            }

            if (parsed.Subtype != _configuration.Subtype)
            {
                throw new HandlerException(
                    HandlerErrorKind.InvalidConfiguration, $"{Name}: a disk of '{_configuration.Subtype}' cannot become one of '{parsed.Subtype}'.");
            }

            BackingDevice device = _device;
            if (device.Reconfigure is null)
            {
                throw new HandlerException(HandlerErrorKind.NotSupported, $"{Name}: the handler '{_configuration.Subtype}' cannot reconfigure an open disk.");
            }

            CheckConfiguration(Name, _handler, parsed);
            await device.Reconfigure.ReconfigureAsync(parsed, cancellationToken).ConfigureAwait(false);
            TakeOver(BackingDevice.Create(device.Device, Name, device.BlockSizeBytes));
            _configuration = parsed;
            Log.Reconfigured(_logger, Name, parsed.Text);
        }
        finally
        {
            _control.Release();
        }
    }

    /// <summary>Switches the write cache. Off: every write is durable before it completes. The same value changes nothing. For control threads.</summary>
    /// <exception cref="HandlerException">The device has no cache to switch on, or cannot do without.</exception>
    public async ValueTask SetWriteCacheAsync(bool enabled, CancellationToken cancellationToken)
    {
        if (enabled && !_device.HasVolatileCache)
        {
            throw new HandlerException(
                HandlerErrorKind.NotSupported,
                $"{Name}: the write cache cannot be switched on: the backing store has none, every completed write is durable.");
        }

        await _control.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            IoStatus status = await SwitchWriteCacheAsync(enabled, null, FlushAsync, cancellationToken).ConfigureAwait(false);
            if (!status.IsGood)
            {
                throw new HandlerException(
                    HandlerErrorKind.Failed, $"{Name}: the write cache stays on, because it could not be flushed ({status.Outcome}).");
            }
        }
        finally
        {
            _control.Release();
        }
    }

    /// <summary>Closes the device. The front has stopped executing commands and waited for those in flight.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await _closing.CancelAsync().ConfigureAwait(false);
        await _sweep.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _backgroundFlush.ConfigureAwait(false);
        if (_failover is not null)
        {
            await _failover.DisposeAsync().ConfigureAwait(false);
        }

        await _device.Device.DisposeAsync().ConfigureAwait(false);
        await EndFollowingAsync().ConfigureAwait(false);
        _zeroBlock.Dispose();
        _control.Dispose();
        _reservationControl.Dispose();
        _closing.Dispose();
    }

    // MODE SELECT: a change by the administrator that is under way at the moment makes the initiator try again.
    private async ValueTask<IoStatus> SelectWriteCacheAsync(ScsiTask task, bool enabled)
    {
        if (!_control.Wait(0, CancellationToken.None))
        {
            return IoOutcome.Busy;
        }

        try
        {
            return await SwitchWriteCacheAsync(enabled, task.Nexus, _device.Flush!.FlushAsync, task.Cancellation).ConfigureAwait(false);
        }
        finally
        {
            _control.Release();
        }
    }

    // Under _control. Off takes effect before the flush: what is written meanwhile is durable by itself, what was written before is flushed.
    private async ValueTask<IoStatus> SwitchWriteCacheAsync(
        bool enabled, ItNexus? by, Func<CancellationToken, ValueTask<IoStatus>> flush, CancellationToken cancellationToken)
    {
        if (_writeCacheEnabled == enabled)
        {
            return IoStatus.Good;
        }

        IoStatus status = IoOutcome.WriteError;
        _writeCacheEnabled = enabled;
        try
        {
            status = enabled ? IoStatus.Good : await flush(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writeCacheEnabled = enabled || !status.IsGood;
        }

        if (status.IsGood)
        {
            RaiseUnitAttention(AdditionalSenseCode.ModeParametersChanged, by);
            Log.WriteCacheChanged(_logger, Name, enabled ? "on" : "off");
        }

        return status;
    }

    // As a command of the engine's own, so that a serialized device gets it in its turn.
    private async ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        Task<ScsiStatus> flush = new EngineTask(null).RunAsync(this, CdbWriter.SynchronizeCache, default, default).AsTask();
        return await flush.WaitAsync(cancellationToken).ConfigureAwait(false) == ScsiStatus.Good ? IoStatus.Good : IoOutcome.WriteError;
    }

    private void FlushInBackground()
    {
        lock (_nexuses)
        {
            // One after the other: a device that flushes slowly collects no pile of them, and closing waits for the last.
            _backgroundFlush = FlushAfterAsync(_backgroundFlush);
        }

        async Task FlushAfterAsync(Task earlier)
        {
            await earlier.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            IoStatus status = await FlushAsync(CancellationToken.None).ConfigureAwait(false);
            if (!status.IsGood)
            {
                Interlocked.Exchange(ref _owesFlushFailure, 1);
                Log.BackgroundFlushFailed(_logger, Name, status.Outcome.ToString());
            }
        }
    }

    private void TakeOver(BackingDevice device)
    {
        bool hadCache = _device.HasVolatileCache;
        _limits = new BlockLimits(device, _options.MaximumTransferBlocks);
        _device = device;
        if (hadCache != device.HasVolatileCache)
        {
            _writeCacheEnabled = device.HasVolatileCache;
            RaiseUnitAttention(AdditionalSenseCode.ModeParametersChanged, null);
        }

        // The administrator's size stays as long as the backing store holds it.
        long oldCount = BlockCount;
        long available = device.Characteristics.SizeBytes >> device.BlockShift;
        long newCount = _options.SizeBytes is null ? available : Math.Min(oldCount, available);
        if (newCount != oldCount)
        {
            SetCapacity(oldCount, newCount);
        }
    }

    private void SetCapacity(long oldCount, long newCount)
    {
        Volatile.Write(ref _blockCount, newCount);
        RaiseUnitAttention(AdditionalSenseCode.CapacityDataHasChanged, null);
        Log.CapacityChanged(_logger, Name, oldCount, newCount);
    }
}

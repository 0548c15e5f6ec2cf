// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// An open qcow2 image. Operations may overlap as they like, also in one cluster.
/// </summary>
/// <remarks>
/// How it stays whole:
/// <list type="bullet">
/// <item>Whatever is allocated has its reference count on stable storage beforehand (<see cref="ClusterReserve"/>), so the mapping can be
/// written at any time. It is handed to the kernel before the command is answered: a daemon that is killed loses nothing that was answered.</item>
/// <item>A cluster that is not known to be zero, or that replaces something else than zeros, is flushed before the mapping points to it. Many
/// writes share such a flush.</item>
/// <item>What the mapping no longer points to is reused only after that is durable and nobody uses it (<see cref="Reclaimer"/>).</item>
/// </list>
/// Locking order: <see cref="OperationGate"/>, <see cref="RangeLocks"/>, _tables, <see cref="ClusterAllocator.Mutex"/>, and for moments
/// <see cref="L2Cache.Lock"/> and the locks inside the small classes.
/// </remarks>
internal sealed partial class Qcow2Image : ImageLayer
{
    private readonly HostFile _file;
    private readonly HostFile _dataFile;
    private readonly ILogger _logger;
    private readonly string _name;
    private readonly ClusterGeometry _geometry;
    private readonly ImageLayer? _backing;
    private readonly L1Table _l1;
    private readonly L2Cache _l2;
    private readonly MetadataMap _metadata;
    private readonly ClusterAllocator _allocator;
    private readonly ClusterReserve _reserve;
    private readonly Reclaimer _reclaimer;
    private readonly OperationGate _gate = new();
    private readonly RangeLocks _locks = new();
    private readonly SemaphoreSlim _tables = new(1);
    private readonly BufferPool _clusters;
    private readonly DataTransfer.Pool _transfers;
    private readonly bool _isExternal;
    private readonly long _lengthAtOpen;
    private Qcow2Header _header;
    private long _sizeBytes;
    private long _flushedChanges;
    private bool _isStopped;

    // Whether the reference counts were looked at: before that, nothing is known of what is in use.
    private bool _isPrepared;
    private bool _isDisposed;

    public override long SizeBytes => Volatile.Read(ref _sizeBytes);
    public override string Path => _file.Path;
    public override bool IsReadOnly => _file.IsReadOnly;
    public override int UnmapGranularityBytes => _geometry.ClusterBytes;

    // Version 2 has no entry that hides the backing file: what it covers can be overwritten with zeros, not given back.
    public override bool CanUnmap => !IsReadOnly && (_header.Version >= 3 || _backing is null);

    /// <summary>The header as it was read, or as it was changed since.</summary>
    public Qcow2Header Header => _header;

    public override async ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        if (IsReadOnly)
        {
            return IoStatus.Good;
        }

        IoStatus status = await _l2.RetryAsync().ConfigureAwait(false);
        status = status.IsGood ? await FlushFilesAsync().ConfigureAwait(false) : status;
        if (status.IsGood && _reclaimer.HasPending)
        {
            // Not the guest's business: a failure leaks space and shows when the next flush fails.
            _ = _reclaimer.RequestAsync().AsTask();
        }

        return status;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            if (_isPrepared && !_isStopped)
            {
                await CloseCleanlyAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            await DisposePartsAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Data first, then the mapping that points to them.</summary>
    private async ValueTask<IoStatus> FlushFilesAsync()
    {
        long changes = _l2.Changes;
        IoStatus status = _isExternal ? await _dataFile.FlushAsync().ConfigureAwait(false) : IoStatus.Good;
        status = status.IsGood ? await _file.FlushAsync().ConfigureAwait(false) : status;
        if (status.IsGood)
        {
            InterlockedMax(ref _flushedChanges, changes);
        }

        return status;
    }

    private async Task CloseCleanlyAsync()
    {
        await QuiesceAsync().ConfigureAwait(false);
        _reclaimer.IsExclusive = true;
        IoStatus status = await _l2.RetryAsync().ConfigureAwait(false);
        status = status.IsGood ? await _reclaimer.RequestAsync().ConfigureAwait(false) : status;
        status = status.IsGood ? await ReturnReserveAsync().ConfigureAwait(false) : status;
        status = status.IsGood ? await FlushFilesAsync().ConfigureAwait(false) : status;
        if (!status.IsGood)
        {
            Log.CloseFailed(_logger, _name, Path, status.Outcome);
        }
    }

    /// <summary>Waits for what runs in the background. Only while no operation runs.</summary>
    private async Task QuiesceAsync()
    {
        await _reclaimer.WhenIdleAsync().ConfigureAwait(false);
        await _reserve.WhenIdleAsync().ConfigureAwait(false);
        await _file.WhenIdleAsync().ConfigureAwait(false);
    }

    /// <summary>Gives back what was reserved and not used, and cuts the file behind its last cluster.</summary>
    private async ValueTask<IoStatus> ReturnReserveAsync()
    {
        await _allocator.Mutex.WaitAsync().ConfigureAwait(false);
        try
        {
            foreach (ClusterRun run in _reserve.Drain())
            {
                IoStatus status = await _allocator.ChangeAsync(run.First, run.Count, -1).ConfigureAwait(false);
                if (!status.IsGood)
                {
                    return status;
                }
            }

            IoStatus written = await _allocator.WriteBackAsync(WriteOptions.None).ConfigureAwait(false);

            // Never shorter than it was found: if its counts were wrong then, data may lie behind what they tell of.
            long usedBytes = Math.Max(_lengthAtOpen, await _allocator.UsedBytesAsync().ConfigureAwait(false));
            if (written.IsGood && !_file.IsBlockDevice && _file.LengthBytes > usedBytes)
            {
                // The counts first: a shorter file with counts behind its end would not be read by everybody.
                written = await _file.FlushAsync().ConfigureAwait(false);
                if (written.IsGood)
                {
                    _file.SetLength(usedBytes);
                }
            }

            return written;
        }
        finally
        {
            _allocator.Mutex.Release();
        }
    }

    private async ValueTask DisposePartsAsync()
    {
        _l1.Dispose();
        _l2.Dispose();
        _allocator.Dispose();
        _clusters.Dispose();
        _tables.Dispose();
        _gate.Dispose();
        _cipher?.Dispose();
        if (_isExternal)
        {
            await _dataFile.DisposeAsync().ConfigureAwait(false);
        }

        await _file.DisposeAsync().ConfigureAwait(false);
        if (_backing is not null)
        {
            await _backing.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void InterlockedMax(ref long target, long value)
    {
        long seen = Volatile.Read(ref target);
        while (seen < value)
        {
            long before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}

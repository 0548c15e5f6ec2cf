// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Making ranges read as zeros: UNMAP, and WRITE SAME with zeros.</summary>
internal sealed partial class Qcow2Image
{
    public override async ValueTask<IoStatus> ZeroAsync(long offsetBytes, long lengthBytes, bool mayUnmap, CancellationToken cancellationToken)
    {
        int generation;
        while (!_gate.TryEnter(out generation))
        {
            await _gate.WaitAsync().ConfigureAwait(false);
        }

        try
        {
            return IsReadOnly || _isStopped
                ? IsReadOnly ? IoOutcome.WriteProtected : IoOutcome.HardwareError
                : await ZeroRunsAsync(offsetBytes, lengthBytes, mayUnmap, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Leave(generation);
        }
    }

    private async ValueTask<IoStatus> ZeroRunsAsync(long offset, long length, bool mayUnmap, CancellationToken cancellationToken)
    {
        for (long done = 0; done < length;)
        {
            long position = offset + done;
            (IoStatus status, Run run) = await _l2.FindRunAsync(position, length - done).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            long zeroed = run.LengthBytes;
            if (run.Kind == RunKind.Invalid)
            {
                await StopAsync($"the entry for the disk's byte {position} is {run.Word:X16}h, which no image may have").ConfigureAwait(false);
                return IoOutcome.HardwareError;
            }

            if (run.Kind == RunKind.Zero || (run.Kind == RunKind.Unallocated && (_backing is null || position >= _backing.SizeBytes)))
            {
                done += zeroed;
                continue;
            }

            bool keeps = !mayUnmap && IsInPlace(run);
            (status, zeroed) = keeps || !CanDropClusters || ClusterPart(position, length - done).Count == 0
                ? await ZeroInPlaceAsync(run, position, length - done, mayUnmap, cancellationToken).ConfigureAwait(false)
                : await DropClustersAsync(position, length - done).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            done += zeroed;
        }

        return IoStatus.Good;
    }

    private bool CanDropClusters => _header.Version >= 3 || _backing is null;

    /// <summary>How many whole clusters begin at a position; the last one of the disk may be cut short.</summary>
    private (long First, long Count) ClusterPart(long position, long length)
    {
        long clusterBytes = _geometry.ClusterBytes;
        long first = position >> _geometry.ClusterBits;
        if ((position & (clusterBytes - 1)) != 0)
        {
            return (first, 0);
        }

        long end = position + length;
        long last = end >= SizeBytes ? (SizeBytes + clusterBytes - 1) >> _geometry.ClusterBits : end >> _geometry.ClusterBits;
        return (first, Math.Min(last - first, LastOfSlice(first) - first + 1));
    }

    /// <summary>Zeros what lies in one cluster, or in a run that may be written in place, without giving clusters back.</summary>
    private async ValueTask<(IoStatus Status, long Zeroed)> ZeroInPlaceAsync(
        Run run, long position, long length, bool mayUnmap, CancellationToken cancellationToken)
    {
        long part = run.LengthBytes;
        if (CanDropClusters && mayUnmap)
        {
            // Up to where whole clusters begin.
            part = Math.Min(part, _geometry.ClusterBytes - (position & (_geometry.ClusterBytes - 1)));
        }

        if (IsInPlace(run) && _cipher is null)
        {
            IoStatus cleared = await _dataFile.ClearAsync(run.HostOffset, part, keepsSpace: !mayUnmap, cancellationToken).ConfigureAwait(false);
            if (cleared.Outcome != IoOutcome.NotSupported)
            {
                return (cleared, part);
            }
        }

        part = Math.Min(part, _geometry.ClusterBytes);
        IoBuffer zeros = _clusters.Rent();
        try
        {
            zeros.Span[..(int)part].Clear();
            return (await WriteRunsAsync(position, zeros.List.Slice(0, part), WriteOptions.None, cancellationToken).ConfigureAwait(false), part);
        }
        finally
        {
            _clusters.Return(zeros);
        }
    }

    /// <summary>Takes whole clusters out of the mapping, as far as one slice reaches, and gives back what they referred to.</summary>
    private async ValueTask<(IoStatus Status, long Zeroed)> DropClustersAsync(long position, long length)
    {
        (long first, long count) = ClusterPart(position, length);
        long last = first + count - 1;
        await _locks.AcquireAsync(first, last).ConfigureAwait(false);
        L2Slice? slice = null;
        try
        {
            (IoStatus status, slice) = await _l2.PinAsync(first).ConfigureAwait(false);
            status = status.IsGood ? await OwnTableAsync(slice!.L1Index).ConfigureAwait(false) : status;
            if (!status.IsGood)
            {
                return (status, 0);
            }

            status = await DropEntriesAsync(slice!, first, last).ConfigureAwait(false);
            if (status.IsGood && _isExternal)
            {
                status = await ClearExternalAsync(position, Math.Min(count << _geometry.ClusterBits, SizeBytes - position)).ConfigureAwait(false);
            }

            return (status, Math.Min(count << _geometry.ClusterBits, length));
        }
        finally
        {
            if (slice is not null)
            {
                _l2.Unpin(slice);
            }

            _locks.Release(first, last);
        }
    }

    private async ValueTask<IoStatus> DropEntriesAsync(L2Slice slice, long first, long last)
    {
        var freed = new List<ClusterRun>();
        _l2.NoteChange();
        lock (_l2.Lock)
        {
            for (long cluster = first; cluster <= last; cluster++)
            {
                AddReferenced(freed, ReadEntry(slice, cluster).Word);
                ulong zero = _backing is null ? 0 : _geometry.HasExtendedL2 ? 0xFFFF_FFFF_0000_0000 : L2Entry.Zero;
                (ulong word, ulong bitmap) = _geometry.HasExtendedL2 ? (0UL, zero) : (zero, 0UL);
                WriteEntry(slice, cluster, word, bitmap);
            }
        }

        IoStatus status = await slice.RequestAsync().ConfigureAwait(false);
        if (status.IsGood)
        {
            Free(freed);
        }

        return status;
    }

    /// <summary>
    /// Gives back the external data file's space. Where that file has to be a raw image of the disk, what cannot be punched is overwritten.
    /// </summary>
    private async ValueTask<IoStatus> ClearExternalAsync(long position, long length)
    {
        IoStatus status = await _dataFile.ClearAsync(position, length, keepsSpace: false).ConfigureAwait(false);
        if (status.Outcome != IoOutcome.NotSupported)
        {
            return status;
        }

        using var zeros = new IoBuffer((int)Math.Min(length, 1 << 20));
        for (long done = 0; done < length; done += zeros.Length)
        {
            status = await _dataFile.WriteAsync(position + done, zeros.List.Slice(0, Math.Min(zeros.Length, length - done))).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }
        }

        return IoStatus.Good;
    }
}

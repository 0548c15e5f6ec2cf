// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Writing into clusters that the mapping does not have yet, or not for us alone.</summary>
internal sealed partial class Qcow2Image
{
    /// <summary>Writes the start of <paramref name="data"/> into new clusters. The guest clusters are locked, the slice is pinned, its table ours.</summary>
    private async ValueTask<(IoStatus Status, long Written)> AllocateAsync(L2Slice slice, long offset, ScatterList data, CancellationToken cancellationToken)
    {
        if (IsInPlace(_l2.Classify(slice, offset)))
        {
            return (IoStatus.Good, 0);
        }

        (IoStatus status, Allocation target) = await PlanAsync(slice, offset, data.Length).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return (status, 0);
        }

        long length = target.DataEnd - offset;
        status = await FillAsync(target, data.Slice(0, length), cancellationToken).ConfigureAwait(false);
        if (!status.IsGood)
        {
            GiveBack(target);
            return (status, 0);
        }

        status = await CommitAsync(slice, target).ConfigureAwait(false);
        return (status, length);
    }

    /// <summary>Decides which host clusters to write to and what has to be written beside the guest's data.</summary>
    private async ValueTask<(IoStatus Status, Allocation Target)> PlanAsync(L2Slice slice, long offset, long length)
    {
        long first = offset >> _geometry.ClusterBits;
        long start = first << _geometry.ClusterBits;
        (ulong word, ulong bitmap) = ReadEntry(slice, first);
        bool isOwn = IsOwnHost(word);
        if (isOwn || _isExternal)
        {
            // The cluster is there already, with anything in it: of subclusters, those that hold data stay as they are.
            long host = _isExternal ? start : (long)(word & L2Entry.OffsetMask);
            bool keepsOthers = _geometry.HasExtendedL2 && isOwn;
            (long from, long to) = keepsOthers ? SubclusterRange(slice, offset, length) : (start, start + _geometry.ClusterBytes);
            return (IoStatus.Good, Allocation.At(first, 1, host, isNew: false, isZero: false, from, to, offset, length, keepsOthers));
        }

        long wanted = CountNew(slice, first, (offset + length - 1) >> _geometry.ClusterBits);
        (IoStatus status, ClusterRun run) = await _reserve.TakeAsync(wanted).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return (status, default);
        }

        long end = start + (run.Count << _geometry.ClusterBits);
        bool isZero = run.IsZero && _cipher is null;
        bool isPlainOld = _geometry.HasExtendedL2 && (word & (L2Entry.OffsetMask | L2Entry.Compressed)) == 0;
        var target = Allocation.At(first, run.Count, run.First << _geometry.ClusterBits, isNew: true, isZero, start, end, offset, length, keepsOthers: false);
        if (isPlainOld)
        {
            (status, bool wasZero) = await ReadsZeroAsync(start, end).ConfigureAwait(false);
            if (!status.IsGood)
            {
                GiveBack(target);
                return (status, default);
            }

            // Nothing but zeros before and behind: the whole cluster may count as data. Otherwise only the subclusters written to.
            if (!(isZero && wasZero))
            {
                (long from, long to) = SubclusterRange(slice, offset, length);
                target = Allocation.At(first, 1, target.HostOffset, isNew: true, isZero, from, to, offset, length, keepsOthers: true);
            }
        }

        return (IoStatus.Good, target);
    }

    /// <summary>Writes the guest's data and what surrounds them, and makes it durable where the mapping must not come first.</summary>
    private async ValueTask<IoStatus> FillAsync(Allocation target, ScatterList data, CancellationToken cancellationToken)
    {
        (IoStatus status, bool wasZero) = await ReadsZeroAsync(target.CopyStart, target.CopyEnd).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return status;
        }

        long guestStart = target.FirstCluster << _geometry.ClusterBits;
        if (wasZero && target.IsZero)
        {
            return await _dataFile.WriteAsync(target.HostOffset + target.DataStart - guestStart, data, WriteOptions.None, cancellationToken).ConfigureAwait(false);
        }

        long headBytes = target.DataStart - target.CopyStart;
        long tailBytes = target.CopyEnd - target.DataEnd;
        IoBuffer? head = headBytes > 0 ? _clusters.Rent() : null;
        IoBuffer? tail = tailBytes > 0 ? _clusters.Rent() : null;
        using var table = new VectorTable();
        try
        {
            ScatterList headList = head is null ? default : head.List.Slice(0, headBytes);
            ScatterList tailList = tail is null ? default : tail.List.Slice(0, tailBytes);
            status = await ReadOldAsync(target.CopyStart, headList, wasZero, cancellationToken).ConfigureAwait(false);
            status = status.IsGood ? await ReadOldAsync(target.DataEnd, tailList, wasZero, cancellationToken).ConfigureAwait(false) : status;
            if (!status.IsGood)
            {
                return status;
            }

            ScatterList all = table.Join(headList, data, tailList);
            long host = target.HostOffset + target.CopyStart - guestStart;
            status = await WriteDataAsync(host, target.CopyStart, all, WriteOptions.None, cancellationToken).ConfigureAwait(false);
            return status.IsGood ? await _dataFile.FlushAsync().ConfigureAwait(false) : status;
        }
        finally
        {
            _clusters.Return(head);
            _clusters.Return(tail);
        }
    }

    /// <summary>Reads what the disk holds now, zeros behind its end.</summary>
    private ValueTask<IoStatus> ReadOldAsync(long offset, ScatterList data, bool isZero, CancellationToken cancellationToken)
    {
        long present = isZero ? 0 : Math.Clamp(SizeBytes - offset, 0, data.Length);
        data.Slice(present).Clear();
        return present == 0 ? new(IoStatus.Good) : ReadRunsAsync(offset, data.Slice(0, present), cancellationToken);
    }

    /// <summary>Points the mapping to the new clusters, and gives the old ones back once it is handed to the kernel.</summary>
    private async ValueTask<IoStatus> CommitAsync(L2Slice slice, Allocation target)
    {
        var freed = new List<ClusterRun>();
        _l2.NoteChange();
        lock (_l2.Lock)
        {
            for (long index = 0; index < target.Count; index++)
            {
                long cluster = target.FirstCluster + index;
                (ulong word, ulong bitmap) = ReadEntry(slice, cluster);
                ulong place = (ulong)(target.HostOffset + (index << _geometry.ClusterBits)) | L2Entry.Copied;
                if (target.IsNew)
                {
                    AddReferenced(freed, word);
                }

                WriteEntry(slice, cluster, place, NewBitmap(target, bitmap));
            }
        }

        IoStatus status = await slice.RequestAsync().ConfigureAwait(false);
        if (status.IsGood)
        {
            Free(freed);
        }

        return status;
    }

    private ulong NewBitmap(Allocation target, ulong old)
    {
        if (!target.KeepsOthers)
        {
            return 0xFFFF_FFFF;
        }

        long inCluster = _geometry.ClusterBytes - 1;
        int from = (int)((target.CopyStart & inCluster) >> _geometry.SubclusterBits);
        int to = (int)(((target.CopyEnd - 1) & inCluster) >> _geometry.SubclusterBits);
        ulong written = ((1UL << (to - from + 1)) - 1) << from;
        return (old | written) & ~(written << 32);
    }

    /// <summary>The whole subclusters around the part of a write that goes to subclusters without data.</summary>
    private (long From, long To) SubclusterRange(L2Slice slice, long offset, long length)
    {
        long subclusterBytes = 1L << _geometry.SubclusterBits;
        long end = Math.Min(offset + length, ((offset >> _geometry.ClusterBits) + 1) << _geometry.ClusterBits);
        long to = (offset & -subclusterBytes) + subclusterBytes;
        while (to < end && _l2.Classify(slice, to).Kind != RunKind.Data)
        {
            to += subclusterBytes;
        }

        return (offset & -subclusterBytes, to);
    }

    /// <summary>How many clusters from the first on need a new place.</summary>
    private long CountNew(L2Slice slice, long first, long last)
    {
        long count = 1;
        while (first + count <= last && !IsOwnHost(ReadEntry(slice, first + count).Word))
        {
            count++;
        }

        return count;
    }

    /// <summary>Whether an entry has a host cluster that nobody else refers to.</summary>
    private static bool IsOwnHost(ulong word) =>
        (word & L2Entry.Compressed) == 0 && (word & L2Entry.Copied) != 0 && (word & L2Entry.OffsetMask) != 0;

    private (ulong Word, ulong Bitmap) ReadEntry(L2Slice slice, long cluster)
    {
        int index = (int)(cluster % _geometry.SliceEntries);
        return _geometry.HasExtendedL2 ? slice.ReadPair(index * 2) : (slice.Read(index), 0);
    }

    /// <summary>Changes an entry. Under <see cref="L2Cache.Lock"/>.</summary>
    private void WriteEntry(L2Slice slice, long cluster, ulong word, ulong bitmap)
    {
        int index = (int)(cluster % _geometry.SliceEntries);
        if (_geometry.HasExtendedL2)
        {
            slice.WritePair(index * 2, word, bitmap);
        }
        else
        {
            slice.Write(index, word);
        }
    }

    /// <summary>Adds the host clusters that an entry refers to.</summary>
    private void AddReferenced(List<ClusterRun> clusters, ulong word)
    {
        if (_isExternal)
        {
            return;
        }

        if ((word & L2Entry.Compressed) != 0)
        {
            (long offset, int length) = L2Entry.CompressedSpan(word, _geometry.ClusterBits);
            long first = offset >> _geometry.ClusterBits;
            clusters.Add(new ClusterRun(first, ((offset + length - 1) >> _geometry.ClusterBits) - first + 1, false));
        }
        else if ((word & L2Entry.OffsetMask) != 0)
        {
            clusters.Add(new ClusterRun((long)(word & L2Entry.OffsetMask) >> _geometry.ClusterBits, 1, false));
        }
    }

    private void Free(List<ClusterRun> clusters)
    {
        foreach (ClusterRun run in clusters)
        {
            _reclaimer.Add(run.First, run.Count);
        }
    }

    private void GiveBack(Allocation target)
    {
        if (target.IsNew)
        {
            _reclaimer.Add(target.HostOffset >> _geometry.ClusterBits, target.Count);
        }
    }

    /// <summary>Whether a range of the disk reads as zeros, as far as that is known without reading data.</summary>
    private async ValueTask<(IoStatus Status, bool IsZero)> ReadsZeroAsync(long start, long end)
    {
        end = Math.Min(end, SizeBytes);
        while (start < end)
        {
            (IoStatus status, Run run) = await _l2.FindRunAsync(start, end - start).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return (status, false);
            }

            long length = run.LengthBytes;
            if (run.Kind == RunKind.Unallocated && _backing is not null && start < _backing.SizeBytes)
            {
                Extent extent = await _backing.GetExtentAsync(start, Math.Min(length, _backing.SizeBytes - start), CancellationToken.None).ConfigureAwait(false);
                if (!extent.Status.IsGood || extent.State == ExtentState.Mapped)
                {
                    return (extent.Status, false);
                }

                length = extent.LengthBytes;
            }
            else if (run.Kind is not (RunKind.Unallocated or RunKind.Zero))
            {
                return (IoStatus.Good, false);
            }

            start += length;
        }

        return (IoStatus.Good, true);
    }
}

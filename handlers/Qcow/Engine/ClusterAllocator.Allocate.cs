// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Finding clusters, and counting them durably before anybody uses them.</summary>
internal sealed partial class ClusterAllocator
{
    // So many refcount blocks are searched for free clusters before the file grows instead: a full image must not read all its counts at once.
    private const int ScanBlocks = 4;
    private const int SectorBytes = 512;

    /// <summary>Allocates clusters, anywhere and in pieces.</summary>
    /// <param name="count">How many are wanted; at least one is given unless the result is an error.</param>
    /// <param name="runs">Gets the clusters; their counts of 1 are on stable storage.</param>
    public async ValueTask<IoStatus> AllocateAsync(long count, List<ClusterRun> runs)
    {
        var inside = new List<ClusterRun>();
        IoStatus status = await TakeFreeAsync(count, inside).ConfigureAwait(false);
        long rest = count - inside.Sum(run => run.Count);
        long first = 0;
        if (status.IsGood && rest > 0)
        {
            (status, first) = await AppendAsync(rest, mayBeFewer: true).ConfigureAwait(false);
            rest = _lastAppended;
        }

        if (!status.IsGood && inside.Count == 0)
        {
            return status;
        }

        if (status.IsGood && rest > 0)
        {
            // Behind the end of a regular file there can be nothing but zeros; anywhere else somebody's old data.
            bool isBehind = !_file.IsBlockDevice && first * _geometry.ClusterBytes >= _file.LengthBytes;
            (isBehind ? runs : inside).Add(new ClusterRun(first, rest, isBehind));
        }

        status = await ClearAsync(inside).ConfigureAwait(false);
        status = status.IsGood ? await PublishAsync().ConfigureAwait(false) : status;
        if (status.IsGood && inside.Count > 0)
        {
            // The holes have to be as durable as the counts: what is given out as zero must be zero after a power cut.
            status = await _file.FlushAsync().ConfigureAwait(false);
        }

        runs.AddRange(inside);
        if (!status.IsGood)
        {
            await UndoAsync(runs).ConfigureAwait(false);
        }

        return status;
    }

    // A full file system must not lose a piece of the image with each attempt.
    private async ValueTask UndoAsync(List<ClusterRun> runs)
    {
        foreach (ClusterRun run in runs)
        {
            _ = await ChangeAsync(run.First, run.Count, -1).ConfigureAwait(false);
        }

        runs.Clear();
    }

    /// <summary>Allocates clusters in a row, at the end of what is in use; their counts of 1 are on stable storage.</summary>
    public async ValueTask<(IoStatus Status, long First)> AllocateContiguousAsync(long count)
    {
        (IoStatus status, long first) = await AppendAsync(count, mayBeFewer: false).ConfigureAwait(false);
        if (status.IsGood)
        {
            status = await PublishAsync().ConfigureAwait(false);
        }

        return (status, first);
    }

    private readonly List<long> _newBlocks = [];
    private long _lastAppended;

    private async ValueTask<IoStatus> ClearAsync(List<ClusterRun> runs)
    {
        for (int index = 0; index < runs.Count; index++)
        {
            ClusterRun run = runs[index];
            IoStatus status = await _file.ClearAsync(run.First * _geometry.ClusterBytes, run.Count * _geometry.ClusterBytes, keepsSpace: false).ConfigureAwait(false);
            if (!status.IsGood && status.Outcome != IoOutcome.NotSupported)
            {
                return status;
            }

            runs[index] = run with { IsZero = status.IsGood };
        }

        return IoStatus.Good;
    }

    private async ValueTask<IoStatus> TakeFreeAsync(long count, List<ClusterRun> runs)
    {
        for (int step = 0; step < ScanBlocks && count > 0 && _scan < _end; step++)
        {
            long index = _scan / _geometry.RefcountsPerBlock;
            long blockStart = index * _geometry.RefcountsPerBlock;
            long blockEnd = Math.Min(_end, blockStart + _geometry.RefcountsPerBlock);
            (IoStatus status, RefcountBlock? block) = await GetBlockAsync(index).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            while (block is not null && count > 0 && _scan < blockEnd)
            {
                long found = Refcounts.IndexOfZero(block.Span, _geometry.RefcountOrder, _scan - blockStart, blockEnd - blockStart);
                if (found < 0)
                {
                    break;
                }

                long cluster = blockStart + found;
                if (_metadata.Overlaps(cluster, cluster))
                {
                    await ReportAsync($"cluster {cluster} holds metadata and has the reference count 0").ConfigureAwait(false);
                    return IoOutcome.HardwareError;
                }

                Write(block, cluster, 1);
                AddRun(runs, cluster);
                _scan = cluster + 1;
                count--;
            }

            _scan = count > 0 ? blockEnd : _scan;
        }

        return IoStatus.Good;
    }

    /// <summary>Takes clusters in a row behind the end, making refcount blocks for them in front of them. In memory: publish follows.</summary>
    private async ValueTask<(IoStatus Status, long First)> AppendAsync(long count, bool mayBeFewer)
    {
        _lastAppended = 0;
        while (true)
        {
            List<long> missing = MissingBlocks(_end, count);
            long lastIndex = (_end + missing.Count + count - 1) / _geometry.RefcountsPerBlock;
            if (lastIndex >= _table.Length)
            {
                IoStatus grown = await GrowTableAsync(lastIndex).ConfigureAwait(false);
                if (!grown.IsGood)
                {
                    return (grown, 0);
                }

                continue;
            }

            if (_file.IsBlockDevice && (_end + missing.Count + count) * _geometry.ClusterBytes > _file.LengthBytes)
            {
                if (mayBeFewer && count > 1)
                {
                    count /= 2;
                    continue;
                }

                return (IoOutcome.NoSpace, 0);
            }

            (IoStatus status, long used) = await FindUsedAsync(_end, missing.Count + count).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return (status, 0);
            }

            if (used >= 0)
            {
                // Counted behind the end of the file: a leak of somebody else's.
                _end = used + 1;
                continue;
            }

            return (await TakeEndAsync(missing, count).ConfigureAwait(false), _end - count);
        }
    }

    private async ValueTask<IoStatus> TakeEndAsync(List<long> missing, long count)
    {
        long first = _end;
        long total = missing.Count + count;
        if (_metadata.Overlaps(first, first + total - 1))
        {
            await ReportAsync($"one of the clusters {first} to {first + total - 1} holds metadata and has the reference count 0").ConfigureAwait(false);
            return IoOutcome.HardwareError;
        }

        for (int index = 0; index < missing.Count; index++)
        {
            IoStatus room = await MakeRoomAsync().ConfigureAwait(false);
            if (!room.IsGood)
            {
                return room;
            }

            long cluster = first + index;
            var block = new RefcountBlock(missing[index], cluster * _geometry.ClusterBytes, new IoBuffer(_geometry.ClusterBytes)) { LastUse = ++_uses };
            block.MarkDirty(0, _geometry.ClusterBytes);
            _blocks.Add(missing[index], block);
            _table[missing[index]] = (ulong)block.HostOffset;
            _newBlocks.Add(missing[index]);
            _metadata.Add(cluster, 1);
        }

        for (long cluster = first; cluster < first + total; cluster++)
        {
            (IoStatus status, RefcountBlock? block) = await GetBlockAsync(cluster / _geometry.RefcountsPerBlock).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            Write(block!, cluster, 1);
        }

        _end = first + total;
        _lastAppended = count;
        return IoStatus.Good;
    }

    /// <summary>Makes the counts durable, then the table's entries of new blocks: never an entry before its block.</summary>
    private async ValueTask<IoStatus> PublishAsync()
    {
        IoStatus status = await ExtendAsync(_end * _geometry.ClusterBytes).ConfigureAwait(false);
        if (status.IsGood)
        {
            status = await WriteBackAsync(WriteOptions.ForceUnitAccess).ConfigureAwait(false);
        }

        foreach (long sector in status.IsGood ? _newBlocks.Select(index => index * 8 / SectorBytes).Distinct().ToArray() : [])
        {
            using var buffer = new IoBuffer(SectorBytes);
            L1Table.Encode(_table.AsSpan((int)(sector * SectorBytes / 8), SectorBytes / 8), buffer.Span);
            status = await _file.WriteAsync(_tableOffset + (sector * SectorBytes), buffer.List, WriteOptions.ForceUnitAccess).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }
        }

        if (status.IsGood)
        {
            _newBlocks.Clear();
        }

        return status;
    }

    /// <summary>Makes the file long enough, so that no entry ever points behind its end.</summary>
    private async ValueTask<IoStatus> ExtendAsync(long lengthBytes)
    {
        if (_file.IsBlockDevice || _file.LengthBytes >= lengthBytes)
        {
            return IoStatus.Good;
        }

        using var zeros = new IoBuffer(SectorBytes);
        return await _file.WriteAsync(lengthBytes - SectorBytes, zeros.List, WriteOptions.ForceUnitAccess).ConfigureAwait(false);
    }

    private List<long> MissingBlocks(long first, long count)
    {
        var missing = new List<long>();
        for (long index = first / _geometry.RefcountsPerBlock; index <= (first + missing.Count + count - 1) / _geometry.RefcountsPerBlock; index++)
        {
            if (index >= _table.Length || _table[index] == 0)
            {
                missing.Add(index);
            }
        }

        return missing;
    }

    private async ValueTask<(IoStatus Status, long Cluster)> FindUsedAsync(long first, long count)
    {
        for (long cluster = first + count - 1; cluster >= first; cluster--)
        {
            (IoStatus status, ulong refcount) = await GetAsync(cluster).ConfigureAwait(false);
            if (!status.IsGood || refcount != 0)
            {
                return (status, cluster);
            }
        }

        return (IoStatus.Good, -1);
    }
}

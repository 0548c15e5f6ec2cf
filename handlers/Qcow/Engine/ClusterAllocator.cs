// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// Reference counts of host clusters: the refcount table in memory, a few refcount blocks cached, clusters allocated and freed.
/// </summary>
/// <remarks>
/// Everything is under <see cref="Mutex"/>, which the caller holds. What is allocated is counted on stable storage before it is given out, so
/// that a power cut leaves at worst a leak; freed counts may reach the disk late for the same reason.
/// </remarks>
internal sealed partial class ClusterAllocator : IDisposable
{
    private const long CacheBytes = 4 << 20;
    private const int MinimumBlocks = 8;

    private readonly HostFile _file;
    private readonly ClusterGeometry _geometry;
    private readonly MetadataMap _metadata;
    private readonly Dictionary<long, RefcountBlock> _blocks = [];
    private ulong[] _table;
    private long _tableOffset;
    private long _uses;

    /// <summary>The first cluster behind the last one in use: where the file grows.</summary>
    private long _end;

    /// <summary>No cluster before this one is known to be free.</summary>
    private long _scan;

    public ClusterAllocator(HostFile file, ClusterGeometry geometry, MetadataMap metadata, long tableOffset, ulong[] table)
    {
        _file = file;
        _geometry = geometry;
        _metadata = metadata;
        _tableOffset = tableOffset;
        _table = table;
    }

    /// <summary>Held around every use.</summary>
    public SemaphoreSlim Mutex { get; } = new(1);

    /// <summary>Told when the image contradicts itself; the engine then stops writing to it.</summary>
    public Func<string, ValueTask>? Corrupt { get; set; }

    /// <summary>The refcount table's offset and entries.</summary>
    public (long Offset, ulong[] Table) Table => (_tableOffset, _table);

    /// <summary>Finds the end of what is in use. Before the first allocation.</summary>
    public async ValueTask<IoStatus> FindEndAsync()
    {
        _scan = 0;
        _end = 1;
        for (long index = _table.Length - 1; index >= 0; index--)
        {
            (IoStatus status, RefcountBlock? block) = await GetBlockAsync(index).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            long last = block is null ? -1 : LastUsed(block);
            if (last >= 0)
            {
                _end = (index * _geometry.RefcountsPerBlock) + last + 1;
                break;
            }
        }

        return IoStatus.Good;
    }

    /// <summary>A cluster's reference count.</summary>
    public async ValueTask<(IoStatus Status, ulong Count)> GetAsync(long cluster)
    {
        (IoStatus status, RefcountBlock? block) = await GetBlockAsync(cluster / _geometry.RefcountsPerBlock).ConfigureAwait(false);
        return (status, block is null ? 0 : Read(block, cluster));
    }

    /// <summary>Adds one to, or takes one from, the counts of clusters. In memory: writing back follows.</summary>
    /// <param name="first">The first cluster.</param>
    /// <param name="count">How many.</param>
    /// <param name="delta">1 or -1.</param>
    /// <param name="freed">Gets the clusters whose count became zero; null where nobody asks.</param>
    public async ValueTask<IoStatus> ChangeAsync(long first, long count, int delta, List<ClusterRun>? freed = null)
    {
        for (long cluster = first; cluster < first + count; cluster++)
        {
            (IoStatus status, RefcountBlock? block) = await GetBlockAsync(cluster / _geometry.RefcountsPerBlock).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            ulong old = block is null ? 0 : Read(block, cluster);
            if (old == 0)
            {
                await ReportAsync($"cluster {cluster} is in use and has the reference count 0").ConfigureAwait(false);
                return IoOutcome.HardwareError;
            }

            if (delta > 0 && old == _geometry.MaximumRefcount)
            {
                return IoOutcome.OutOfResources;
            }

            Write(block!, cluster, delta > 0 ? old + 1 : old - 1);
            if (delta < 0 && old == 1)
            {
                _scan = Math.Min(_scan, cluster);
                AddRun(freed, cluster);
            }
        }

        return IoStatus.Good;
    }

    /// <summary>Writes the changed counts to the file.</summary>
    public async ValueTask<IoStatus> WriteBackAsync(WriteOptions options)
    {
        foreach (RefcountBlock block in _blocks.Values)
        {
            IoStatus status = await WriteBackAsync(block, options).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }
        }

        return IoStatus.Good;
    }

    /// <summary>How long the file has to be for what is in use.</summary>
    public async ValueTask<long> UsedBytesAsync()
    {
        if (_end == 0)
        {
            throw new InvalidOperationException("The end of what is in use was not looked for.");
        }

        long cluster = _end - 1;
        while (cluster > 0 && await GetAsync(cluster).ConfigureAwait(false) is { Status.IsGood: true, Count: 0 })
        {
            cluster--;
        }

        _end = cluster + 1;
        return _end * _geometry.ClusterBytes;
    }

    /// <summary>Takes over other tables, after a repair. Only while no operation runs.</summary>
    public void Replace(long tableOffset, ulong[] table)
    {
        DropBlocks();
        _tableOffset = tableOffset;
        _table = table;
    }

    public void Dispose()
    {
        DropBlocks();
        Mutex.Dispose();
    }

    private static void AddRun(List<ClusterRun>? runs, long cluster)
    {
        if (runs is null)
        {
            return;
        }

        if (runs.Count > 0 && runs[^1].First + runs[^1].Count == cluster)
        {
            runs[^1] = runs[^1] with { Count = runs[^1].Count + 1 };
        }
        else
        {
            runs.Add(new ClusterRun(cluster, 1, false));
        }
    }

    private ValueTask ReportAsync(string reason) => Corrupt?.Invoke(reason) ?? ValueTask.CompletedTask;

    private ulong Read(RefcountBlock block, long cluster) =>
        Refcounts.Read(block.Span, _geometry.RefcountOrder, cluster % _geometry.RefcountsPerBlock);

    private void Write(RefcountBlock block, long cluster, ulong value)
    {
        long index = cluster % _geometry.RefcountsPerBlock;
        Refcounts.Write(block.Span, _geometry.RefcountOrder, index, value);
        long bit = index << _geometry.RefcountOrder;
        block.MarkDirty(bit >> 3, (bit >> 3) + Math.Max(1, 1 << _geometry.RefcountOrder >> 3));
    }

    private long LastUsed(RefcountBlock block)
    {
        long index = block.Span.LastIndexOfAnyExcept((byte)0) is var last && last < 0
            ? -1
            : Math.Min(_geometry.RefcountsPerBlock, ((last + 1L) << 3 >> _geometry.RefcountOrder) + 1) - 1;
        while (index >= 0 && Refcounts.Read(block.Span, _geometry.RefcountOrder, index) == 0)
        {
            index--;
        }

        return index;
    }

    private async ValueTask<(IoStatus Status, RefcountBlock? Block)> GetBlockAsync(long index)
    {
        if (_blocks.TryGetValue(index, out RefcountBlock? block))
        {
            block.LastUse = ++_uses;
            return (IoStatus.Good, block);
        }

        ulong entry = index < _table.Length ? _table[index] : 0;
        if (entry == 0)
        {
            return (IoStatus.Good, null);
        }

        if (!IsBlockPlaceValid(entry))
        {
            await ReportAsync($"entry {index} of the refcount table is {entry:X}h, which is no cluster of the file").ConfigureAwait(false);
            return (IoOutcome.HardwareError, null);
        }

        IoStatus status = await MakeRoomAsync().ConfigureAwait(false);
        if (!status.IsGood)
        {
            return (status, null);
        }

        var loaded = new RefcountBlock(index, (long)entry, new IoBuffer(_geometry.ClusterBytes)) { LastUse = ++_uses };
        status = await _file.ReadAsync(loaded.HostOffset, loaded.Buffer.List).ConfigureAwait(false);
        if (!status.IsGood)
        {
            loaded.Buffer.Dispose();
            return (status, null);
        }

        _blocks.Add(index, loaded);
        return (IoStatus.Good, loaded);
    }

    private bool IsBlockPlaceValid(ulong entry) =>
        entry <= long.MaxValue
        && (long)entry >= _geometry.ClusterBytes
        && (long)entry % _geometry.ClusterBytes == 0
        && (long)entry < _file.LengthBytes;

    private async ValueTask<IoStatus> MakeRoomAsync()
    {
        if (_blocks.Count < Math.Max(MinimumBlocks, CacheBytes / _geometry.ClusterBytes))
        {
            return IoStatus.Good;
        }

        // Durable, because it may hold counts of clusters that are about to be given out.
        RefcountBlock oldest = _blocks.Values.MinBy(block => block.LastUse)!;
        IoStatus status = await WriteBackAsync(oldest, WriteOptions.ForceUnitAccess).ConfigureAwait(false);
        if (status.IsGood)
        {
            _blocks.Remove(oldest.Index);
            oldest.Buffer.Dispose();
        }

        return status;
    }

    private async ValueTask<IoStatus> WriteBackAsync(RefcountBlock block, WriteOptions options)
    {
        if (!block.IsDirty)
        {
            return IoStatus.Good;
        }

        (long offset, ScatterList data) = block.DirtyPart();
        IoStatus status = await _file.WriteAsync(offset, data, options).ConfigureAwait(false);
        if (status.IsGood)
        {
            block.MarkClean();
        }

        return status;
    }

    private void DropBlocks()
    {
        foreach (RefcountBlock block in _blocks.Values)
        {
            block.Buffer.Dispose();
        }

        _blocks.Clear();
    }
}

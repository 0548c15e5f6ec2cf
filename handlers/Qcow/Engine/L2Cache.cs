// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// Slices of L2 tables in memory, at most as many as the cache's size allows, replaced by the clock algorithm. Looking up what is cached
/// takes no lock. A changed slice is handed to the kernel before the operation that changed it completes.
/// </summary>
internal sealed partial class L2Cache : IDisposable
{
    private const int MinimumSlices = 16;

    private readonly HostFile _file;
    private readonly L1Table _l1;
    private readonly ClusterGeometry _geometry;
    private readonly BufferPool _buffers;
    private readonly RangeLocks _loads = new();
    private readonly List<L2Slice> _clock = [];
    private readonly List<L2Slice> _stale = [];
    private readonly int _maximumSlices;
    private L2Slice?[]?[] _tables;
    private int _hand;

    public L2Cache(HostFile file, HostFile dataFile, L1Table l1, ClusterGeometry geometry, bool isExternal, bool hasZeroFlag, long cacheBytes)
    {
        _file = file;
        _dataFile = dataFile;
        _l1 = l1;
        _geometry = geometry;
        _isExternal = isExternal;
        _hasZeroFlag = hasZeroFlag;
        _maximumSlices = (int)Math.Clamp(cacheBytes / geometry.SliceBytes, MinimumSlices, int.MaxValue);
        _buffers = new BufferPool(geometry.SliceBytes, maximumFree: 64);
        _tables = new L2Slice?[]?[l1.Count];
    }

    /// <summary>Guards changes of entries, pins and the clock. Held for moments only.</summary>
    public Lock Lock { get; } = new();

    /// <summary>How often the mapping was changed: tells a write with FUA whether a flush is due.</summary>
    public long Changes => Volatile.Read(ref _changes);

    private long _changes;

    /// <summary>To be called before an entry is changed: from then on until it is flushed, the mapping counts as not durable.</summary>
    public void NoteChange() => Interlocked.Increment(ref _changes);

    /// <summary>Takes the slice of a guest cluster and pins it.</summary>
    public async ValueTask<(IoStatus Status, L2Slice? Slice)> PinAsync(long guestCluster)
    {
        while (true)
        {
            if (TryGet(guestCluster, out L2Slice? slice))
            {
                lock (Lock)
                {
                    // Evicted between looking and locking: look again.
                    if (TryGet(guestCluster, out L2Slice? current) && current == slice)
                    {
                        slice.Pins++;
                        return (IoStatus.Good, slice);
                    }
                }

                continue;
            }

            IoStatus status = await LoadAsync(guestCluster).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return (status, null);
            }
        }
    }

    /// <summary>Gives back what <see cref="PinAsync"/> gave.</summary>
    public void Unpin(L2Slice slice)
    {
        lock (Lock)
        {
            slice.Pins--;
        }
    }

    /// <summary>Brings the slice of a guest cluster into the cache.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<IoStatus> LoadAsync(long guestCluster)
    {
        long number = guestCluster / _geometry.SliceEntries;
        await _loads.AcquireAsync(number, number).ConfigureAwait(false);
        IoBuffer? buffer = null;
        try
        {
            if (TryGet(guestCluster, out _))
            {
                return IoStatus.Good;
            }

            int l1Index = (int)(guestCluster / _geometry.L2Entries);
            int index = (int)(number % _geometry.SlicesPerTable);
            ulong[] words = new ulong[_geometry.SliceBytes / 8];
            long table = _l1.TableOffset(l1Index);
            if (table != 0)
            {
                buffer = _buffers.Rent();
                IoStatus status = await _file.ReadAsync(table + ((long)index * _geometry.SliceBytes), buffer.List).ConfigureAwait(false);
                if (!status.IsGood)
                {
                    return status;
                }

                Decode(buffer.Span, words);
            }

            Insert(new L2Slice(this, l1Index, index, words));
            return IoStatus.Good;
        }
        finally
        {
            _buffers.Return(buffer);
            _loads.Release(number, number);
        }
    }

    /// <summary>Hands a slice to the kernel, as it is now. Called by the slice's rounds.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<IoStatus> WriteOutAsync(L2Slice slice)
    {
        IoBuffer buffer = _buffers.Rent();
        lock (Lock)
        {
            L1Table.Encode(slice.Words, buffer.Span);
        }

        long offset = _l1.TableOffset(slice.L1Index) + ((long)slice.IndexInTable * _geometry.SliceBytes);
        IoStatus status = await _file.WriteAsync(offset, buffer.List).ConfigureAwait(false);
        Interlocked.Increment(ref _changes);
        _buffers.Return(buffer);
        NoteOutcome(slice, status);
        return status;
    }

    /// <summary>Writes out again what an earlier write could not: a flush must not succeed over it.</summary>
    public async ValueTask<IoStatus> RetryAsync()
    {
        L2Slice[] stale;
        lock (Lock)
        {
            stale = [.. _stale];
        }

        foreach (L2Slice slice in stale)
        {
            IoStatus status = await slice.RequestAsync().ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }
        }

        return await _l1.RetryAsync().ConfigureAwait(false);
    }

    /// <summary>Makes room for so many L1 entries. Only while no operation runs.</summary>
    public void Resize(int l1Entries)
    {
        lock (Lock)
        {
            L2Slice?[]?[] tables = _tables;
            Array.Resize(ref tables, l1Entries);
            Volatile.Write(ref _tables, tables);
        }
    }

    /// <summary>Forgets everything, because the tables in the file were changed or the disk has another size. Only while no operation runs.</summary>
    public void Reset()
    {
        lock (Lock)
        {
            _clock.Clear();
            _stale.Clear();
            _hand = 0;
            Volatile.Write(ref _tables, new L2Slice?[]?[_l1.Count]);
        }
    }

    public void Dispose() => _buffers.Dispose();

    private static void Decode(ReadOnlySpan<byte> source, Span<ulong> words)
    {
        for (int index = 0; index < words.Length; index++)
        {
            words[index] = BinaryPrimitives.ReadUInt64BigEndian(source[(index * 8)..]);
        }
    }

    private void NoteOutcome(L2Slice slice, IoStatus status)
    {
        if (status.IsGood && !slice.IsStale)
        {
            return;
        }

        lock (Lock)
        {
            if (slice.IsStale == status.IsGood)
            {
                // A stale slice keeps a pin: evicting it would forget changes that were answered with an error but may be in the file.
                slice.IsStale = !status.IsGood;
                slice.Pins += slice.IsStale ? 1 : -1;
                _ = slice.IsStale ? Keep(slice) : _stale.Remove(slice);
            }
        }
    }

    private bool Keep(L2Slice slice)
    {
        _stale.Add(slice);
        return true;
    }

    private void Insert(L2Slice slice)
    {
        lock (Lock)
        {
            if (_clock.Count >= _maximumSlices)
            {
                Evict();
            }

            _clock.Add(slice);
            L2Slice?[]? table = _tables[slice.L1Index];
            if (table is null)
            {
                table = new L2Slice?[_geometry.SlicesPerTable];
                Volatile.Write(ref _tables[slice.L1Index], table);
            }

            Volatile.Write(ref table[slice.IndexInTable], slice);
        }
    }

    private void Evict()
    {
        for (int step = 0; step < _clock.Count * 2; step++)
        {
            _hand = _hand + 1 < _clock.Count ? _hand + 1 : 0;
            L2Slice slice = _clock[_hand];
            if (slice.Pins > 0 || slice.IsReferenced)
            {
                slice.IsReferenced = false;
                continue;
            }

            Volatile.Write(ref _tables[slice.L1Index]![slice.IndexInTable], null);
            _clock[_hand] = _clock[^1];
            _clock.RemoveAt(_clock.Count - 1);
            return;
        }
    }
}

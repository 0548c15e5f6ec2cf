// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>The active L1 table, all of it in memory; changed entries are written out in sectors. Reads take no lock.</summary>
internal sealed class L1Table(HostFile file, long offset, ulong[] entries) : Coalescer, IDisposable
{
    private const int SectorBytes = 512;
    private const int SectorEntries = SectorBytes / 8;

    private readonly Lock _lock = new();
    private readonly HashSet<int> _dirtySectors = [];
    private readonly IoBuffer _buffer = new(SectorBytes);
    private ulong[] _entries = entries;
    private long _offset = offset;

    public int Count => Volatile.Read(ref _entries).Length;

    /// <summary>Where the table lies in the file.</summary>
    public long Offset => _offset;

    public ulong this[int index]
    {
        get
        {
            ulong[] entries = Volatile.Read(ref _entries);
            return (uint)index < (uint)entries.Length ? Volatile.Read(ref entries[index]) : 0;
        }
    }

    /// <summary>A copy of all entries.</summary>
    public ulong[] ToArray() => [.. _entries];

    /// <summary>Where an L2 table lies; 0 where there is none.</summary>
    public long TableOffset(int index) => (long)(this[index] & L2Entry.OffsetMask);

    /// <summary>Changes an entry and hands it to the kernel.</summary>
    public ValueTask<IoStatus> SetAsync(int index, ulong value)
    {
        lock (_lock)
        {
            Volatile.Write(ref _entries[index], value);
            _dirtySectors.Add(index / SectorEntries);
        }

        return RequestAsync();
    }

    /// <summary>Writes out again what an earlier write could not.</summary>
    public ValueTask<IoStatus> RetryAsync()
    {
        lock (_lock)
        {
            if (_dirtySectors.Count == 0)
            {
                return new(IoStatus.Good);
            }
        }

        return RequestAsync();
    }

    /// <summary>Takes over another table that is on stable storage already. Only while no operation runs.</summary>
    public void Replace(long newOffset, ulong[] newEntries)
    {
        _offset = newOffset;
        Volatile.Write(ref _entries, newEntries);
    }

    /// <summary>Encodes entries as they stand in a file.</summary>
    public static void Encode(ReadOnlySpan<ulong> entries, Span<byte> destination)
    {
        for (int index = 0; index < entries.Length; index++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination[(index * 8)..], entries[index]);
        }
    }

    public void Dispose() => _buffer.Dispose();

    protected override async ValueTask<IoStatus> RunRoundAsync()
    {
        int[] sectors;
        lock (_lock)
        {
            sectors = [.. _dirtySectors];
            _dirtySectors.Clear();
        }

        IoStatus result = IoStatus.Good;
        foreach (int sector in sectors)
        {
            EncodeSector(sector);
            IoStatus status = await file.WriteAsync(_offset + ((long)sector * SectorBytes), _buffer.List).ConfigureAwait(false);
            if (!status.IsGood)
            {
                result = status;
                lock (_lock)
                {
                    _dirtySectors.Add(sector);
                }
            }
        }

        return result;
    }

    private void EncodeSector(int sector)
    {
        lock (_lock)
        {
            int first = sector * SectorEntries;
            int count = Math.Min(SectorEntries, _entries.Length - first);
            _buffer.Span.Clear();
            Encode(_entries.AsSpan(first, count), _buffer.Span);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Writing to a qcow image of version 1. A new cluster or table is durable before anything leads to it.</summary>
internal sealed partial class Qcow1Image
{
    public override async ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        if (IsReadOnly)
        {
            return IoOutcome.WriteProtected;
        }

        for (long done = 0; done < data.Length;)
        {
            long position = offsetBytes + done;
            long length = Math.Min(data.Length - done, _header.ClusterBytes - InCluster(position));
            ScatterList piece = data.Slice(done, length);
            (IoStatus status, ulong entry) = await FindAsync(position).ConfigureAwait(false);
            if (status.IsGood)
            {
                status = entry == 0 || (entry & Qcow1Header.Compressed) != 0
                    ? await WriteNewAsync(position, piece, cancellationToken).ConfigureAwait(false)
                    : await WriteInPlaceAsync(entry, position, piece, cancellationToken).ConfigureAwait(false);
            }

            if (!status.IsGood)
            {
                return status;
            }

            done += length;
        }

        return options.HasFlag(WriteOptions.ForceUnitAccess) ? await _host.FlushAsync().ConfigureAwait(false) : IoStatus.Good;
    }

    public override async ValueTask<IoStatus> ZeroAsync(long offsetBytes, long lengthBytes, bool mayUnmap, CancellationToken cancellationToken)
    {
        using var zeros = new IoBuffer(_header.ClusterBytes);
        for (long done = 0; done < lengthBytes;)
        {
            long position = offsetBytes + done;
            long length = Math.Min(lengthBytes - done, _header.ClusterBytes - InCluster(position));
            (IoStatus status, ulong entry) = await FindAsync(position).ConfigureAwait(false);
            if (status.IsGood && (entry != 0 || (_backing is not null && position < _backing.SizeBytes)))
            {
                status = await WriteAsync(position, zeros.List.Slice(0, length), WriteOptions.None, cancellationToken).ConfigureAwait(false);
            }

            if (!status.IsGood)
            {
                return status;
            }

            done += length;
        }

        return IoStatus.Good;
    }

    private async ValueTask<IoStatus> WriteInPlaceAsync(ulong entry, long position, ScatterList data, CancellationToken cancellationToken)
    {
        if (!IsDataPlace(entry) || Overlaps(entry))
        {
            Log.BadEntry(_logger, _name, Path, position, entry);
            return IoOutcome.HardwareError;
        }

        return await WriteDataAsync((long)entry + InCluster(position), position, data, cancellationToken).ConfigureAwait(false);
    }

    // The header and the L1 table are the metadata whose place is fixed.
    private bool Overlaps(ulong entry) =>
        entry < Qcow1Header.Bytes || ((long)entry < _header.L1Offset + (_l1.Length * 8L) && (long)entry + _header.ClusterBytes > _header.L1Offset);

    private async ValueTask<IoStatus> WriteDataAsync(long hostOffset, long position, ScatterList data, CancellationToken cancellationToken)
    {
        if (_cipher is null)
        {
            return await _host.WriteAsync(hostOffset, data, WriteOptions.None, cancellationToken).ConfigureAwait(false);
        }

        using var copy = new IoBuffer((int)data.Length);
        data.CopyTo(copy.Span);
        for (int done = 0; done < copy.Length; done += IClusterCipher.SectorBytes)
        {
            _cipher.Encrypt(position + done, copy.Span.Slice(done, IClusterCipher.SectorBytes));
        }

        return await _host.WriteAsync(hostOffset, copy.List, WriteOptions.None, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<IoStatus> WriteNewAsync(long position, ScatterList data, CancellationToken cancellationToken)
    {
        await _allocation.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            (IoStatus status, ulong entry) = await FindAsync(position).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            if (entry != 0 && (entry & Qcow1Header.Compressed) == 0)
            {
                return await WriteInPlaceAsync(entry, position, data, cancellationToken).ConfigureAwait(false);
            }

            (status, ulong[]? table) = await OwnTableAsync(L1Index(position)).ConfigureAwait(false);
            return status.IsGood ? await AddClusterAsync(table!, entry, position, data, cancellationToken).ConfigureAwait(false) : status;
        }
        finally
        {
            _allocation.Release();
        }
    }

    private async ValueTask<IoStatus> AddClusterAsync(ulong[] table, ulong oldEntry, long position, ScatterList data, CancellationToken cancellationToken)
    {
        long start = position - InCluster(position);
        using var cluster = new IoBuffer(_header.ClusterBytes);
        long present = Math.Min(cluster.Length, SizeBytes - start);
        IoStatus status = data.Length == present
            ? IoStatus.Good
            : await ReadPieceAsync(oldEntry, start, cluster.List.Slice(0, present), cancellationToken).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return status;
        }

        data.CopyTo(cluster.Span[InCluster(position)..]);
        long host = TakeEnd(_header.ClusterBytes);
        status = await WriteDataAsync(host, start, cluster.List, cancellationToken).ConfigureAwait(false);
        status = status.IsGood ? await _host.FlushAsync().ConfigureAwait(false) : status;
        if (!status.IsGood)
        {
            return status;
        }

        int index = L2Index(position);
        status = await WriteWordAsync((long)_l1[L1Index(position)] + (index * 8L), (ulong)host).ConfigureAwait(false);
        if (status.IsGood)
        {
            Volatile.Write(ref table[index], (ulong)host);
        }

        return status;
    }

    private async ValueTask<(IoStatus Status, ulong[]? Table)> OwnTableAsync(int l1Index)
    {
        (IoStatus status, ulong[]? table) = await TableAsync(l1Index).ConfigureAwait(false);
        if (!status.IsGood || table is not null)
        {
            return (status, table);
        }

        using var zeros = new IoBuffer(_header.L2Entries * 8);
        long offset = TakeEnd(zeros.Length);
        status = await _host.WriteAsync(offset, zeros.List).ConfigureAwait(false);
        status = status.IsGood ? await _host.FlushAsync().ConfigureAwait(false) : status;
        status = status.IsGood ? await WriteWordAsync(_header.L1Offset + (l1Index * 8L), (ulong)offset).ConfigureAwait(false) : status;
        if (!status.IsGood)
        {
            return (status, null);
        }

        Volatile.Write(ref _l1[l1Index], (ulong)offset);
        return (IoStatus.Good, Keep(l1Index, new ulong[_header.L2Entries]));
    }

    // Under _allocation; what is written there makes the file longer at once.
    private long TakeEnd(int lengthBytes) => (_host.LengthBytes + lengthBytes - 1) / lengthBytes * lengthBytes;

    private async ValueTask<IoStatus> WriteWordAsync(long offset, ulong value)
    {
        using var word = new IoBuffer(8);
        BinaryPrimitives.WriteUInt64BigEndian(word.Span, value);
        return await _host.WriteAsync(offset, word.List).ConfigureAwait(false);
    }
}

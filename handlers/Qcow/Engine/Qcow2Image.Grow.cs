// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Making the disk larger.</summary>
internal sealed partial class Qcow2Image
{
    public override async ValueTask GrowAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        long needed = _geometry.L1EntriesFor(sizeBytes);
        if (IsReadOnly || _isStopped)
        {
            throw new HandlerException(HandlerErrorKind.AccessDenied, $"'{Path}' is open for reading only, or damaged; its size stays.");
        }

        if (needed * 8 > Qcow2Header.MaximumL1Bytes)
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch,
                $"'{Path}' has clusters of {_geometry.ClusterBytes} bytes, which allow a disk of {Qcow2Header.MaximumL1Bytes / 8 * _geometry.L2Entries * _geometry.ClusterBytes} bytes at most; {sizeBytes} were asked for.");
        }

        if (_header.Version == 2 && !_snapshots.IsEmpty)
        {
            throw new HandlerException(
                HandlerErrorKind.NotSupported, $"'{Path}' has snapshots that do not tell their disk's size (version 2); its size can change when they are deleted.");
        }

        await _gate.CloseAsync().ConfigureAwait(false);
        try
        {
            await GrowQuietlyAsync(sizeBytes, (int)needed, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Open();
        }
    }

    private async ValueTask GrowQuietlyAsync(long sizeBytes, int l1Entries, CancellationToken cancellationToken)
    {
        long oldSize = SizeBytes;
        if (l1Entries > _l1.Count)
        {
            await GrowL1Async(l1Entries).ConfigureAwait(false);
        }

        // What was never part of the disk may hold anything: the rest of the last cluster, and a backing file that is longer than the disk was.
        Volatile.Write(ref _sizeBytes, sizeBytes);
        long dirtyEnd = Math.Min(sizeBytes, Math.Max(_geometry.AlignUp(oldSize), _backing?.SizeBytes ?? 0));
        IoStatus status = dirtyEnd > oldSize
            ? await ZeroRunsAsync(oldSize, dirtyEnd - oldSize, mayUnmap: true, cancellationToken).ConfigureAwait(false)
            : IoStatus.Good;
        status = status.IsGood ? await WriteHeaderAsync(Qcow2Header.SizeField, (ulong)sizeBytes).ConfigureAwait(false) : status;
        if (!status.IsGood)
        {
            Volatile.Write(ref _sizeBytes, oldSize);
        }

        Require(status, "make the disk larger");
        _header = _header with { SizeBytes = sizeBytes };
    }

    /// <summary>Moves the L1 table to a larger place: the copy is durable before the header leads to it, in one write.</summary>
    private async ValueTask GrowL1Async(int entries)
    {
        ulong[] larger = _l1.ToArray();
        Array.Resize(ref larger, entries);
        (long offset, long clusters) = await WriteTableAsync(larger).ConfigureAwait(false);
        await SwitchL1Async(offset, larger).ConfigureAwait(false);
        _metadata.Add(offset >> _geometry.ClusterBits, clusters);
    }

    /// <summary>Writes a table of words to new clusters.</summary>
    private async ValueTask<(long Offset, long Clusters)> WriteTableAsync(ulong[] words)
    {
        byte[] bytes = new byte[words.Length * 8];
        L1Table.Encode(words, bytes);
        return await WriteTableAsync(bytes).ConfigureAwait(false);
    }

    private async ValueTask<(long Offset, long Clusters)> WriteTableAsync(byte[] bytes)
    {
        long clusters = Math.Max(1, _geometry.ClustersFor(bytes.Length));
        await _allocator.Mutex.WaitAsync().ConfigureAwait(false);
        IoStatus status;
        long first;
        try
        {
            (status, first) = await _allocator.AllocateContiguousAsync(clusters).ConfigureAwait(false);
        }
        finally
        {
            _allocator.Mutex.Release();
        }

        Require(status, "allocate clusters for a table");
        using var buffer = new IoBuffer((int)(clusters << _geometry.ClusterBits));
        bytes.CopyTo(buffer.Span);
        long offset = first << _geometry.ClusterBits;
        Require(await _file.WriteAsync(offset, buffer.List).ConfigureAwait(false), "write a table");
        return (offset, clusters);
    }

    private async ValueTask SwitchL1Async(long offset, ulong[] entries)
    {
        using (var fields = new IoBuffer(12))
        {
            BinaryPrimitives.WriteInt32BigEndian(fields.Span, entries.Length);
            BinaryPrimitives.WriteInt64BigEndian(fields.Span[4..], offset);
            Require(await WriteHeaderAsync(Qcow2Header.L1Field, fields).ConfigureAwait(false), "write the header");
        }

        long oldFirst = _l1.Offset >> _geometry.ClusterBits;
        long oldClusters = _geometry.ClustersFor(_l1.Count * 8L);
        _l1.Replace(offset, entries);
        _l2.Resize(entries.Length);
        _header = _header with { L1Offset = offset, L1Entries = entries.Length };
        if (oldClusters > 0)
        {
            _reclaimer.Add(oldFirst, oldClusters);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Making the refcount table larger.</summary>
internal sealed partial class ClusterAllocator
{
    /// <summary>
    /// Replaces the refcount table by a larger one behind everything the old one covers: blocks and table first, then the header's two fields
    /// in one write, then the old table's clusters are free.
    /// </summary>
    private async ValueTask<IoStatus> GrowTableAsync(long lastIndex)
    {
        // The copy below takes every entry along: none may point to a block that is not in the file yet.
        IoStatus published = await PublishAsync().ConfigureAwait(false);
        if (!published.IsGood)
        {
            return published;
        }

        long perBlock = _geometry.RefcountsPerBlock;
        long start = Math.Max(_end, _table.Length * perBlock);
        long wantedEntries = Math.Max(lastIndex + 1, _table.Length * 3L / 2);
        long blocks = 1;
        long tableClusters;
        while (true)
        {
            long entries = Math.Max(wantedEntries, (start / perBlock) + blocks + 1);
            tableClusters = _geometry.ClustersFor(entries * 8);
            long neededBlocks = ((start % perBlock) + blocks + tableClusters + perBlock - 1) / perBlock;
            if (neededBlocks <= blocks)
            {
                break;
            }

            blocks = neededBlocks;
        }

        long length = (start + blocks + tableClusters) * _geometry.ClusterBytes;
        if (tableClusters * _geometry.ClusterBytes > Math.Max(Qcow2Header.MaximumRefcountTableBytes, _geometry.ClusterBytes)
            || (_file.IsBlockDevice && length > _file.LengthBytes))
        {
            return IoOutcome.NoSpace;
        }

        return await WriteGrownTableAsync(start, blocks, tableClusters).ConfigureAwait(false);
    }

    private async ValueTask<IoStatus> WriteGrownTableAsync(long start, long blocks, long tableClusters)
    {
        long clusterBytes = _geometry.ClusterBytes;
        long perBlock = _geometry.RefcountsPerBlock;
        ulong[] table = new ulong[tableClusters * clusterBytes / 8];
        _table.CopyTo(table, 0);
        using var content = new IoBuffer((int)((blocks + tableClusters) * clusterBytes));
        for (long cluster = start; cluster < start + blocks + tableClusters; cluster++)
        {
            long block = (cluster / perBlock) - (start / perBlock);
            Refcounts.Write(content.Span.Slice((int)(block * clusterBytes), (int)clusterBytes), _geometry.RefcountOrder, cluster % perBlock, 1);
        }

        for (long block = 0; block < blocks; block++)
        {
            table[(start / perBlock) + block] = (ulong)((start + block) * clusterBytes);
        }

        long newOffset = (start + blocks) * clusterBytes;
        L1Table.Encode(table, content.Span[(int)(blocks * clusterBytes)..]);
        IoStatus status = await _file.WriteAsync(start * clusterBytes, content.List).ConfigureAwait(false);
        status = status.IsGood ? await _file.FlushAsync().ConfigureAwait(false) : status;
        status = status.IsGood ? await WriteTablePlaceAsync(newOffset, tableClusters).ConfigureAwait(false) : status;
        if (!status.IsGood)
        {
            return status;
        }

        long oldFirst = _tableOffset / clusterBytes;
        long oldCount = _geometry.ClustersFor(_table.Length * 8L);
        (_tableOffset, _table, _end) = (newOffset, table, start + blocks + tableClusters);
        _metadata.Add(start, blocks + tableClusters);
        _metadata.Remove(oldFirst, oldCount);
        return await ChangeAsync(oldFirst, oldCount, -1).ConfigureAwait(false);
    }

    // qcow2 spec: refcount_table_offset and refcount_table_clusters stand together, bytes 48 to 59, so that one write changes both.
    private async ValueTask<IoStatus> WriteTablePlaceAsync(long offset, long clusters)
    {
        using var fields = new IoBuffer(12);
        BinaryPrimitives.WriteInt64BigEndian(fields.Span, offset);
        BinaryPrimitives.WriteUInt32BigEndian(fields.Span[8..], (uint)clusters);
        return await _file.WriteAsync(Qcow2Header.RefcountTableField, fields.List, WriteOptions.ForceUnitAccess).ConfigureAwait(false);
    }
}

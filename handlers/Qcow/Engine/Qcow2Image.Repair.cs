// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Building reference counts and COPIED flags anew from what the mapping refers to.</summary>
internal sealed partial class Qcow2Image
{
    internal HostFile ImageFile => _file;
    internal int SnapshotTableBytes => _snapshotTableBytes;
    internal (long Offset, ulong[] Table) RefcountTable => _allocator.Table;

    internal ulong[] CopyL1() => _l1.ToArray();

    /// <summary>
    /// Repairs what can be: writes a new refcount table with new blocks behind everything that is in use, switches to it, corrects COPIED flags,
    /// and clears the dirty bit, and the corrupt bit where nothing is left that cannot be repaired. Only while no operation runs.
    /// </summary>
    /// <param name="checker">Fresh; its report then tells what could not be repaired.</param>
    /// <param name="cancellationToken">Gives up between steps that leave a valid image.</param>
    /// <exception cref="HandlerException">The file cannot be read or written.</exception>
    internal async Task RepairAsync(ImageChecker checker, CancellationToken cancellationToken)
    {
        await checker.WalkAsync(cancellationToken).ConfigureAwait(false);
        await RebuildRefcountsAsync(checker.Counter).ConfigureAwait(false);
        await CorrectFlagsAsync(checker).ConfigureAwait(false);
        IncompatibleFeatures cleared = IncompatibleFeatures.Dirty | (checker.Report.Corruptions == 0 ? IncompatibleFeatures.Corrupt : 0);
        if (_header.Version >= 3 && (_header.Incompatible & cleared) != 0)
        {
            Require(await WriteIncompatibleAsync(_header.Incompatible & ~cleared).ConfigureAwait(false), "write the header");
        }

        _l2.Reset();
    }

    private async Task RebuildRefcountsAsync(ReferenceCounter counter)
    {
        long perBlock = _geometry.RefcountsPerBlock;
        long start = Math.Max(counter.FindLast() + 1, EndOfRefcounts());
        (List<long> blocks, long tableClusters) = PlanTable(counter, start);
        long total = blocks.Count + tableClusters;
        if (_file.IsBlockDevice && (start + total) * _geometry.ClusterBytes > _file.LengthBytes)
        {
            throw new HandlerException(HandlerErrorKind.NoSpace, $"'{Path}' has no room for a new refcount table.");
        }

        ulong[] table = new ulong[tableClusters * _geometry.ClusterBytes / 8];
        using var content = new IoBuffer(_geometry.ClusterBytes);
        for (int index = 0; index < blocks.Count; index++)
        {
            content.Span.Clear();
            for (long entry = 0; entry < perBlock; entry++)
            {
                long cluster = (blocks[index] * perBlock) + entry;
                bool isNew = cluster >= start && cluster < start + total;
                ulong count = isNew ? 1 : counter[cluster];
                if (count > _geometry.MaximumRefcount)
                {
                    throw Damaged(Path, $"cluster {cluster} is used {count} times, more than its reference count can say");
                }

                Refcounts.Write(content.Span, _geometry.RefcountOrder, entry, count);
            }

            long offset = (start + index) * _geometry.ClusterBytes;
            table[blocks[index]] = (ulong)offset;
            Require(await _file.WriteAsync(offset, content.List).ConfigureAwait(false), "write a refcount block");
        }

        long tableOffset = (start + blocks.Count) * _geometry.ClusterBytes;
        using var tableBytes = new IoBuffer((int)(tableClusters * _geometry.ClusterBytes));
        L1Table.Encode(table, tableBytes.Span);
        Require(await _file.WriteAsync(tableOffset, tableBytes.List).ConfigureAwait(false), "write the refcount table");
        using var fields = new IoBuffer(12);
        BinaryPrimitives.WriteInt64BigEndian(fields.Span, tableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(fields.Span[8..], (uint)tableClusters);
        Require(await WriteHeaderAsync(Qcow2Header.RefcountTableField, fields).ConfigureAwait(false), "write the header");
        _allocator.Replace(tableOffset, table);
        _header = _header with { RefcountTableOffset = tableOffset, RefcountTableClusters = (int)tableClusters };
    }

    // The old structures stay as they are until the header leads to the new ones.
    private long EndOfRefcounts()
    {
        (long offset, ulong[] table) = _allocator.Table;
        ulong last = table.Where(IsCluster).DefaultIfEmpty(0UL).Max();
        return Math.Max(_geometry.ClustersFor(offset + (table.Length * 8L)), ((long)last >> _geometry.ClusterBits) + 1);
    }

    /// <summary>Which refcount blocks are needed, those for the new structures included, and how large their table is.</summary>
    private (List<long> Blocks, long TableClusters) PlanTable(ReferenceCounter counter, long start)
    {
        long perBlock = _geometry.RefcountsPerBlock;
        List<long> used = [];
        for (long index = 0; index * perBlock < start; index++)
        {
            if (counter.Any(index * perBlock, perBlock))
            {
                used.Add(index);
            }
        }

        long tableClusters = 1;
        List<long> blocks = used;
        while (true)
        {
            long last = (start + blocks.Count + tableClusters - 1) / perBlock;
            List<long> needed = [.. used];
            for (long index = start / perBlock; index <= last; index++)
            {
                if (!needed.Contains(index))
                {
                    needed.Add(index);
                }
            }

            long neededClusters = _geometry.ClustersFor((last + 1) * 8);
            if (needed.Count == blocks.Count && neededClusters <= tableClusters)
            {
                return (needed, tableClusters);
            }

            blocks = needed;
            tableClusters = Math.Max(tableClusters, neededClusters);
        }
    }

    private async Task CorrectFlagsAsync(ImageChecker checker)
    {
        ulong[] l1 = _l1.ToArray();
        for (int index = 0; index < l1.Length; index++)
        {
            if (!checker.IsTable(l1[index]))
            {
                continue;
            }

            long offset = (long)(l1[index] & L2Entry.OffsetMask);
            ulong[] words = await checker.ReadWordsAsync(offset, _geometry.ClusterBytes / 8).ConfigureAwait(false);
            if (CorrectFlags(words, checker))
            {
                using var content = new IoBuffer(_geometry.ClusterBytes);
                L1Table.Encode(words, content.Span);
                Require(await _file.WriteAsync(offset, content.List).ConfigureAwait(false), "write an L2 table");
            }

            ulong corrected = (l1[index] & ~L2Entry.Copied) | (checker.ShouldBeCopied(l1[index]) ? L2Entry.Copied : 0);
            if (corrected != l1[index])
            {
                Require(await _l1.SetAsync(index, corrected).ConfigureAwait(false), "write the L1 table");
            }
        }

        Require(await _file.FlushAsync().ConfigureAwait(false), "make the repair durable");
    }

    private bool CorrectFlags(ulong[] words, ImageChecker checker)
    {
        bool isChanged = false;
        for (int index = 0; index < words.Length; index += _geometry.WordsPerEntry)
        {
            ulong word = words[index];
            ulong corrected = checker.HasHostCluster(word)
                ? (word & ~L2Entry.Copied) | (checker.ShouldBeCopied(word) ? L2Entry.Copied : 0)
                : word;
            isChanged |= corrected != word;
            words[index] = corrected;
        }

        return isChanged;
    }
}

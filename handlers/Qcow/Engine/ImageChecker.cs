// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// Walks over everything in an image, counts the references to each host cluster, and compares with the counts in the file. Only while
/// nothing else uses the image.
/// </summary>
internal sealed class ImageChecker(Qcow2Image image)
{
    private readonly HostFile _file = image.ImageFile;
    private readonly Qcow2Header _header = image.Header;
    private readonly ClusterGeometry _geometry = image.Header.Geometry;
    private readonly bool _isExternal = image.Header.Incompatible.HasFlag(IncompatibleFeatures.ExternalData);

    /// <summary>What was found so far.</summary>
    public CheckReport Report { get; } = new();

    /// <summary>The references found; without those of the refcount table and its blocks until <see cref="CompareAsync"/>.</summary>
    public ReferenceCounter Counter { get; } = new(image.Header.Geometry.ClustersFor(image.ImageFile.LengthBytes));

    /// <summary>How far the walk is, as done and total L1 entries.</summary>
    public IProgress<(long Done, long Total)>? Progress { get; init; }

    /// <summary>Counts the references of everything but the refcount structures themselves.</summary>
    /// <exception cref="HandlerException">The file cannot be read.</exception>
    public async Task WalkAsync(CancellationToken cancellationToken)
    {
        Count(0, _geometry.ClusterBytes, "the header");
        Report.TotalClusters = _geometry.ClustersFor(image.SizeBytes);
        ulong[] active = image.CopyL1();
        Count(_header.L1Offset, active.Length * 8L, "the L1 table");
        await WalkTablesAsync(active, "the disk", isActive: true, cancellationToken).ConfigureAwait(false);
        if (!image.Snapshots.IsEmpty)
        {
            Count(_header.SnapshotsOffset, image.SnapshotTableBytes, "the snapshot table");
        }

        foreach (SnapshotEntry snapshot in image.Snapshots)
        {
            Count(snapshot.L1Offset, snapshot.L1Entries * 8L, $"the L1 table of snapshot '{snapshot.Name}'");
            if (snapshot.L1Entries > 0 && IsInside(snapshot.L1Offset, snapshot.L1Entries * 8L))
            {
                ulong[] l1 = await ReadWordsAsync(snapshot.L1Offset, snapshot.L1Entries).ConfigureAwait(false);
                await WalkTablesAsync(l1, $"snapshot '{snapshot.Name}'", isActive: false, cancellationToken).ConfigureAwait(false);
            }
        }

        CountEncryptionHeader();
        await CountBitmapsAsync().ConfigureAwait(false);
    }

    /// <summary>Counts the refcount structures too, and compares all counts with those in the file, then the COPIED flags.</summary>
    public async Task CompareAsync(CancellationToken cancellationToken)
    {
        (long tableOffset, ulong[] table) = image.RefcountTable;
        Count(tableOffset, table.Length * 8L, "the refcount table");
        for (int index = 0; index < table.Length; index++)
        {
            if (table[index] != 0)
            {
                Count((long)table[index], _geometry.ClusterBytes, $"refcount block {index}");
            }
        }

        using var block = new IoBuffer(_geometry.ClusterBytes);
        long blocks = (Counter.Clusters + _geometry.RefcountsPerBlock - 1) / _geometry.RefcountsPerBlock;
        for (long index = 0; index < Math.Max(blocks, table.Length); index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ulong entry = index < table.Length ? table[index] : 0;
            block.Span.Clear();
            if (entry != 0 && IsInside((long)entry, _geometry.ClusterBytes) && entry % (ulong)_geometry.ClusterBytes == 0)
            {
                Check(await _file.ReadAsync((long)entry, block.List, cancellationToken).ConfigureAwait(false), "refcount block", (long)entry);
            }

            CompareBlock(block.Span, index * _geometry.RefcountsPerBlock);
        }

        Report.EndOffset = (Counter.FindLast() + 1) << _geometry.ClusterBits;
        await CheckFlagsAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What a COPIED flag has to be: whether nobody else refers to the cluster.</summary>
    public bool ShouldBeCopied(ulong entry) => Counter[(long)(entry & L2Entry.OffsetMask) >> _geometry.ClusterBits] == 1;

    /// <summary>Reads a table of words.</summary>
    public async Task<ulong[]> ReadWordsAsync(long offset, int count)
    {
        using var buffer = new IoBuffer(count * 8);
        Check(await _file.ReadAsync(offset, buffer.List).ConfigureAwait(false), "table", offset);
        ulong[] words = new ulong[count];
        for (int index = 0; index < count; index++)
        {
            words[index] = BinaryPrimitives.ReadUInt64BigEndian(buffer.Span[(index * 8)..]);
        }

        return words;
    }

    /// <summary>Whether an L1 entry leads to a cluster of the file.</summary>
    public bool IsTable(ulong entry)
    {
        long offset = (long)(entry & L2Entry.OffsetMask);
        return offset != 0 && (entry & L2Entry.L1ReservedMask) == 0 && (offset & (_geometry.ClusterBytes - 1)) == 0 && IsInside(offset, _geometry.ClusterBytes);
    }

    /// <summary>Whether a standard or extended L2 entry has a host cluster whose COPIED flag means something.</summary>
    public bool HasHostCluster(ulong word) => !_isExternal && (word & L2Entry.Compressed) == 0 && (word & L2Entry.OffsetMask) != 0;

    private void CompareBlock(ReadOnlySpan<byte> block, long firstCluster)
    {
        if (!block.ContainsAnyExcept((byte)0) && !Counter.Any(firstCluster, _geometry.RefcountsPerBlock))
        {
            return;
        }

        for (long index = 0; index < _geometry.RefcountsPerBlock; index++)
        {
            long cluster = firstCluster + index;
            ulong stored = Refcounts.Read(block, _geometry.RefcountOrder, index);
            uint found = Counter[cluster];
            if (stored > found)
            {
                Report.AddLeak($"Cluster {cluster} is counted {stored} times and used {found} times.");
            }
            else if (stored < found)
            {
                Report.AddCorruption($"Cluster {cluster} is counted {stored} times and used {found} times.");
            }
        }
    }

    private async Task WalkTablesAsync(ulong[] l1, string whose, bool isActive, CancellationToken cancellationToken)
    {
        for (int index = 0; index < l1.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (isActive)
            {
                Progress?.Report((index, l1.Length));
            }

            if (l1[index] == 0)
            {
                continue;
            }

            if (!IsTable(l1[index]))
            {
                Report.AddCorruption($"Entry {index} of the L1 table of {whose} is {l1[index]:X16}h, which is no cluster of the file.");
                continue;
            }

            long offset = (long)(l1[index] & L2Entry.OffsetMask);
            Count(offset, _geometry.ClusterBytes, $"L2 table {index} of {whose}");
            CountTable(await ReadWordsAsync(offset, _geometry.ClusterBytes / 8).ConfigureAwait(false), index, whose, isActive);
        }
    }

    private void CountTable(ulong[] words, int l1Index, string whose, bool isActive)
    {
        for (int index = 0; index < words.Length; index += _geometry.WordsPerEntry)
        {
            ulong word = words[index];
            if ((word & L2Entry.Compressed) != 0)
            {
                CountCompressed(word, l1Index, whose);
                Report.CompressedClusters += isActive ? 1 : 0;
                Report.AllocatedClusters += isActive ? 1 : 0;
                continue;
            }

            long offset = (long)(word & L2Entry.OffsetMask);
            if ((word & L2Entry.ReservedMask) != 0 || (offset & (_geometry.ClusterBytes - 1)) != 0)
            {
                Report.AddCorruption($"An entry of L2 table {l1Index} of {whose} is {word:X16}h, which no image may have.");
            }
            else if (HasHostCluster(word))
            {
                Count(offset, _geometry.ClusterBytes, $"data of {whose}");
                Report.AllocatedClusters += isActive ? 1 : 0;
            }
            else if (_isExternal && (word & L2Entry.Copied) != 0)
            {
                Report.AllocatedClusters += isActive ? 1 : 0;
            }
        }
    }

    private void CountCompressed(ulong word, int l1Index, string whose)
    {
        (long offset, int length) = L2Entry.CompressedSpan(word, _geometry.ClusterBits);
        long first = offset >> _geometry.ClusterBits;
        long last = (offset + length - 1) >> _geometry.ClusterBits;
        if (_isExternal || (word & L2Entry.Copied) != 0 || first == 0 || !Counter.Add(first, last - first + 1))
        {
            Report.AddCorruption($"A compressed entry of L2 table {l1Index} of {whose} is {word:X16}h, which lies outside the file or is not possible.");
        }
    }

    private void Count(long offset, long lengthBytes, string what)
    {
        if (lengthBytes > 0 && (offset % _geometry.ClusterBytes != 0 || !Counter.Add(offset >> _geometry.ClusterBits, _geometry.ClustersFor(lengthBytes))))
        {
            Report.AddCorruption($"The place of {what} ({lengthBytes} bytes at {offset}) is no cluster of the file.");
        }
    }

    private void CountEncryptionHeader()
    {
        ReadOnlySpan<byte> extension = _header.Extension(HeaderExtension.EncryptionHeader).AsSpan();
        if (extension.Length >= 16)
        {
            Count(BinaryPrimitives.ReadInt64BigEndian(extension), BinaryPrimitives.ReadInt64BigEndian(extension[8..]), "the LUKS header");
        }
    }

    private async Task CountBitmapsAsync()
    {
        if (BitmapDirectory.TryParseExtension(_header.Extension(HeaderExtension.Bitmaps).AsSpan(), out long offset, out int length, out int count)
            && IsInside(offset, length))
        {
            Count(offset, length, "the bitmap directory");
            using var buffer = new IoBuffer(length);
            Check(await _file.ReadAsync(offset, buffer.List).ConfigureAwait(false), "bitmap directory", offset);
            foreach ((long tableOffset, int entries) in BitmapDirectory.Tables(buffer.Span, count))
            {
                Count(tableOffset, entries * 8L, "a bitmap table");
                if (!IsInside(tableOffset, entries * 8L))
                {
                    continue;
                }

                foreach (ulong entry in await ReadWordsAsync(tableOffset, entries).ConfigureAwait(false))
                {
                    long cluster = (long)(entry & L2Entry.OffsetMask);
                    Count(cluster, cluster == 0 ? 0 : _geometry.ClusterBytes, "a bitmap");
                }
            }
        }
    }

    private async Task CheckFlagsAsync(CancellationToken cancellationToken)
    {
        ulong[] l1 = image.CopyL1();
        for (int index = 0; index < l1.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!IsTable(l1[index]))
            {
                continue;
            }

            if (((l1[index] & L2Entry.Copied) != 0) != ShouldBeCopied(l1[index]))
            {
                Report.AddWrongFlag($"The COPIED flag of entry {index} of the L1 table is wrong.");
            }

            ulong[] words = await ReadWordsAsync((long)(l1[index] & L2Entry.OffsetMask), _geometry.ClusterBytes / 8).ConfigureAwait(false);
            for (int word = 0; word < words.Length; word += _geometry.WordsPerEntry)
            {
                if (HasHostCluster(words[word]) && ((words[word] & L2Entry.Copied) != 0) != ShouldBeCopied(words[word]))
                {
                    Report.AddWrongFlag($"The COPIED flag of entry {word / _geometry.WordsPerEntry} of L2 table {index} is wrong.");
                }
            }
        }
    }

    private bool IsInside(long offset, long length) => offset >= 0 && length >= 0 && offset <= _geometry.AlignUp(_file.LengthBytes) - length;

    private void Check(IoStatus status, string what, long offset)
    {
        if (!status.IsGood)
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"The {what} at byte {offset} of '{_file.Path}' cannot be read ({status.Outcome}).");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Collections.Immutable;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Opening: everything that the image says is checked before it is used.</summary>
internal sealed partial class Qcow2Image
{
    private const int InflatedCapacity = 8;
    private const int FreeClusterBytes = 8 << 20;

    private Qcow2Image(ImageOpener opener, Parts parts, ImageOptions options)
    {
        _logger = opener.Logger;
        _name = opener.Name;
        _header = parts.Header;
        _geometry = parts.Header.Geometry;
        _isExternal = parts.DataFile is not null;
        _file = new HostFile(parts.File, options.IsReadOnly || options.Snapshot is not null);
        _dataFile = parts.DataFile is null ? _file : new HostFile(parts.DataFile, _file.IsReadOnly);
        _lengthAtOpen = _file.LengthBytes;
        _backing = parts.Backing;
        _cipher = parts.Cipher;
        _snapshots = parts.Snapshots;
        _snapshotTableBytes = parts.SnapshotTableBytes;
        _sizeBytes = parts.SizeBytes;
        _metadata = new MetadataMap();
        _l1 = new L1Table(_file, parts.L1Offset, parts.L1);
        _l2 = new L2Cache(_file, _dataFile, _l1, _geometry, _isExternal, parts.Header.Version >= 3, options.CacheBytes);
        _allocator = new ClusterAllocator(_file, _geometry, _metadata, parts.Header.RefcountTableOffset, parts.RefcountTable) { Corrupt = StopAsync };
        _reserve = new ClusterReserve(_allocator, _geometry.ClusterBytes);
        _reclaimer = new Reclaimer(_file, _allocator, _gate, _metadata, _geometry.ClusterBits);
        _clusters = new BufferPool(_geometry.ClusterBytes, Math.Max(4, FreeClusterBytes / _geometry.ClusterBytes));
        _transfers = new DataTransfer.Pool(this);
        _inflated = new InflatedClusters(InflatedCapacity);
    }

    /// <summary>Opens an image; takes over <paramref name="file"/> when it succeeds.</summary>
    /// <exception cref="HandlerException">It cannot be opened.</exception>
    public static async Task<Qcow2Image> OpenAsync(ImageOpener opener, AsyncFile file, ImageOptions options, int depth)
    {
        var parts = new Parts { File = file, Header = await ReadHeaderAsync(file).ConfigureAwait(false) };
        CheckUsable(file.Path, parts.Header, options);
        try
        {
            await ReadTablesAsync(parts, options).ConfigureAwait(false);
            await OpenOthersAsync(opener, parts, options, depth).ConfigureAwait(false);
            var image = new Qcow2Image(opener, parts, options);
            if (!image.IsReadOnly)
            {
                await image.PrepareForWritingAsync(options).ConfigureAwait(false);
            }

            return image;
        }
        catch
        {
            parts.Cipher?.Dispose();
            await DisposeAsync(parts.DataFile).ConfigureAwait(false);
            await DisposeAsync(parts.Backing).ConfigureAwait(false);
            throw;
        }
    }

    private static ValueTask DisposeAsync(IAsyncDisposable? part) => part?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task<Qcow2Header> ReadHeaderAsync(AsyncFile file)
    {
        const int StartBytes = 512;
        long lengthBytes = file.GetLength();
        int clusterBits;
        string? reason;
        using (IoBuffer start = await ImageOpener.ReadAsync(file, 0, StartBytes, "header").ConfigureAwait(false))
        {
            if (!Qcow2Header.TryReadClusterBits(start.Span[..(int)Math.Min(StartBytes, lengthBytes)], out clusterBits, out reason))
            {
                throw Damaged(file.Path, reason);
            }
        }

        using IoBuffer cluster = await ImageOpener.ReadAsync(file, 0, (int)Math.Min(1L << clusterBits, lengthBytes), "header").ConfigureAwait(false);
        return Qcow2Header.TryParse(cluster.Span, lengthBytes, out Qcow2Header? header, out reason) ? header : throw Damaged(file.Path, reason);
    }

    private static HandlerException Damaged(string path, string reason) =>
        new(HandlerErrorKind.Failed, $"'{path}' cannot be used: {reason}.");

    private static void CheckUsable(string path, Qcow2Header header, ImageOptions options)
    {
        if (header.Incompatible.HasFlag(IncompatibleFeatures.Corrupt) && !options.IsReadOnly && options.Snapshot is null && !options.ForRepair)
        {
            throw new HandlerException(
                HandlerErrorKind.Failed,
                $"'{path}' is marked as corrupt and may not be written. Repair it ('qemu-img check -r all'), or open it with the option 'ro' to save what can be read.");
        }

        if (header.Compression == CompressionType.Zstandard && Zstandard.FindObstacle() is { } obstacle)
        {
            throw new HandlerException(HandlerErrorKind.NotSupported, $"'{path}' cannot be used. {obstacle}");
        }
    }

    private static async Task ReadTablesAsync(Parts parts, ImageOptions options)
    {
        Qcow2Header header = parts.Header;
        string path = parts.File.Path;
        parts.RefcountTable = await ReadWordsAsync(
            parts.File, header.RefcountTableOffset, header.RefcountTableClusters * (header.Geometry.ClusterBytes / 8), "refcount table").ConfigureAwait(false);
        (parts.Snapshots, parts.SnapshotTableBytes) = await ReadSnapshotsAsync(parts.File, header).ConfigureAwait(false);
        parts.SizeBytes = header.SizeBytes;
        parts.L1Offset = header.L1Offset;
        int entries = header.L1Entries;
        if (options.Snapshot is { } wanted)
        {
            SnapshotEntry snapshot = FindSnapshot(path, parts.Snapshots, wanted);
            CheckSnapshot(path, header, snapshot, parts.File.GetLength());
            parts.SizeBytes = snapshot.DiskSizeBytes ?? header.SizeBytes;
            parts.L1Offset = snapshot.L1Offset;
            entries = snapshot.L1Entries;
        }

        parts.L1 = await ReadWordsAsync(parts.File, parts.L1Offset, entries, "L1 table").ConfigureAwait(false);
        int damaged = options.ForRepair ? -1 : FindDamagedL1(parts.L1, header.Geometry, parts.File.GetLength());
        if (damaged >= 0)
        {
            throw Damaged(path, $"entry {damaged} of its L1 table is {parts.L1[damaged]:X16}h, which is no cluster of the file");
        }
    }

    private static int FindDamagedL1(ulong[] l1, ClusterGeometry geometry, long lengthBytes) => Array.FindIndex(l1, entry =>
    {
        long offset = (long)(entry & L2Entry.OffsetMask);
        return (entry & L2Entry.L1ReservedMask) != 0
            || (offset & (geometry.ClusterBytes - 1)) != 0
            || (offset != 0 && offset + geometry.ClusterBytes > geometry.AlignUp(lengthBytes));
    });

    private static async Task<ulong[]> ReadWordsAsync(AsyncFile file, long offset, int count, string what)
    {
        using IoBuffer buffer = await ImageOpener.ReadAsync(file, offset, count * 8, what).ConfigureAwait(false);
        ulong[] words = new ulong[count];
        for (int index = 0; index < count; index++)
        {
            words[index] = BinaryPrimitives.ReadUInt64BigEndian(buffer.Span[(index * 8)..]);
        }

        return words;
    }

    private static async Task OpenOthersAsync(ImageOpener opener, Parts parts, ImageOptions options, int depth)
    {
        Qcow2Header header = parts.Header;
        string path = parts.File.Path;
        if (header.Incompatible.HasFlag(IncompatibleFeatures.ExternalData))
        {
            string? dataFile = ImageOpener.TextOf(header.Extension(HeaderExtension.ExternalDataFile).AsSpan());
            parts.DataFile = opener.Files.Open(
                ImageOpener.Resolve(path, dataFile ?? throw Damaged(path, "it has an external data file and does not name it"), "data file"),
                ImageOpener.FileOptions(options));
        }

        if (header.BackingFile is { } backing)
        {
            string? format = ImageOpener.TextOf(header.Extension(HeaderExtension.BackingFormat).AsSpan());
            parts.Backing = await opener.OpenBackingAsync(path, backing, format, options, depth + 1).ConfigureAwait(false);
        }

        parts.Cipher = await ClusterCiphers.OpenAsync(parts.File, header, options).ConfigureAwait(false);
    }

    private async Task PrepareForWritingAsync(ImageOptions options)
    {
        if (options.ForRepair)
        {
            return;
        }

        if (_header.Incompatible.HasFlag(IncompatibleFeatures.Dirty))
        {
            Log.RepairsDirty(_logger, _name, Path);
            await RepairAsync(new ImageChecker(this), CancellationToken.None).ConfigureAwait(false);
        }

        if (await MapMetadataAsync().ConfigureAwait(false) is { } conflict)
        {
            await StopAsync(conflict).ConfigureAwait(false);
            throw Damaged(Path, $"{conflict}; nothing may be written to it. Repair it ('qemu-img check -r all'), or open it with the option 'ro'");
        }

        Require(await _allocator.FindEndAsync().ConfigureAwait(false), "read the reference counts");
        await ClearFeaturesAsync().ConfigureAwait(false);
        _isPrepared = true;
    }

    /// <summary>Clears the autoclear bits that are not kept true here: unknown ones, and that of dirty bitmaps.</summary>
    private async Task ClearFeaturesAsync()
    {
        AutoclearFeatures kept = _header.Autoclear & (_isExternal ? AutoclearFeatures.RawExternalData : AutoclearFeatures.None);
        if (kept == _header.Autoclear)
        {
            return;
        }

        if (_header.Autoclear.HasFlag(AutoclearFeatures.Bitmaps))
        {
            Log.InvalidatesBitmaps(_logger, _name, Path);
        }

        Require(await WriteHeaderAsync(Qcow2Header.AutoclearField, (ulong)kept).ConfigureAwait(false), "write the header");
        _header = _header with { Autoclear = kept };
    }

    /// <summary>Notes where metadata are.</summary>
    /// <returns>What contradicts itself, as the middle of a sentence; null where nothing does.</returns>
    private async Task<string?> MapMetadataAsync()
    {
        _metadata.Clear();
        bool isClean = _metadata.Add(0, 1);
        isClean &= AddMetadata(_l1.Offset, _l1.Count * 8L);
        (long tableOffset, ulong[] table) = _allocator.Table;
        isClean &= AddMetadata(tableOffset, table.Length * 8L);
        foreach (ulong block in table)
        {
            isClean &= block == 0 || (IsCluster(block) && AddMetadata((long)block, _geometry.ClusterBytes));
        }

        for (int index = 0; index < _l1.Count; index++)
        {
            isClean &= _l1[index] == 0 || AddMetadata(_l1.TableOffset(index), _geometry.ClusterBytes);
        }

        isClean &= _snapshots.IsEmpty || AddMetadata(_header.SnapshotsOffset, _snapshotTableBytes);
        foreach (SnapshotEntry snapshot in _snapshots)
        {
            CheckSnapshot(Path, _header, snapshot, _file.LengthBytes);
            isClean &= AddMetadata(snapshot.L1Offset, snapshot.L1Entries * 8L);
        }

        foreach (SnapshotEntry snapshot in _snapshots)
        {
            // Their L2 tables may be shared, with the disk and among each other.
            foreach (ulong entry in await ReadWordsAsync(_file.File, snapshot.L1Offset, snapshot.L1Entries, "L1 table of a snapshot").ConfigureAwait(false))
            {
                ulong offset = entry & L2Entry.OffsetMask;
                _ = offset == 0 || !IsCluster(offset) || _metadata.Add((long)offset >> _geometry.ClusterBits, 1);
            }
        }

        return isClean ? null : "two of its tables lie in one place";
    }

    private bool IsCluster(ulong offset) => offset < (ulong)_file.LengthBytes && offset % (ulong)_geometry.ClusterBytes == 0;

    private bool AddMetadata(long offset, long lengthBytes) =>
        lengthBytes == 0 || _metadata.Add(offset >> _geometry.ClusterBits, _geometry.ClustersFor(lengthBytes));

    /// <summary>Turns a failed step of a control operation into an exception.</summary>
    private void Require(IoStatus status, string step)
    {
        if (!status.IsGood)
        {
            throw new HandlerException(
                status.Outcome == IoOutcome.NoSpace ? HandlerErrorKind.NoSpace : HandlerErrorKind.Failed, $"'{Path}': could not {step} ({status.Outcome}).");
        }
    }

    /// <summary>What an image is put together from.</summary>
    private sealed class Parts
    {
        public required AsyncFile File { get; init; }
        public required Qcow2Header Header { get; init; }
        public AsyncFile? DataFile { get; set; }
        public ImageLayer? Backing { get; set; }
        public IClusterCipher? Cipher { get; set; }
        public ImmutableArray<SnapshotEntry> Snapshots { get; set; } = [];
        public int SnapshotTableBytes { get; set; }
        public long SizeBytes { get; set; }
        public long L1Offset { get; set; }
        public ulong[] L1 { get; set; } = [];
        public ulong[] RefcountTable { get; set; } = [];
    }
}

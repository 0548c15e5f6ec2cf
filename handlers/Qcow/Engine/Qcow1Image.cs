// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// An open qcow image of version 1: two levels of tables and no reference counts; what is new is put at the end of the file. Clusters that
/// exist are read and written side by side; one is added at a time.
/// </summary>
internal sealed partial class Qcow1Image : ImageLayer
{
    private const int HeaderReadBytes = 64 << 10;
    private const int MaximumTables = 512;

    private readonly AsyncFile _file;
    private readonly HostFile _host;
    private readonly Qcow1Header _header;
    private readonly ImageLayer? _backing;
    private readonly IClusterCipher? _cipher;
    private readonly ILogger _logger;
    private readonly string _name;
    private readonly ulong[] _l1;
    private readonly Dictionary<int, ulong[]> _tables = [];
    private readonly Queue<int> _tableOrder = new();
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _allocation = new(1);
    private readonly InflatedClusters _inflated = new(8);

    private Qcow1Image(ImageOpener opener, AsyncFile file, Qcow1Header header, ulong[] l1, ImageLayer? backing, IClusterCipher? cipher, bool isReadOnly)
    {
        _file = file;
        _host = new HostFile(file, isReadOnly);
        _header = header;
        _l1 = l1;
        _backing = backing;
        _cipher = cipher;
        _logger = opener.Logger;
        _name = opener.Name;
    }

    public override long SizeBytes => _header.SizeBytes;
    public override string Path => _file.Path;
    public override bool IsReadOnly => _host.IsReadOnly;
    public override bool CanUnmap => false;
    public override int UnmapGranularityBytes => _header.ClusterBytes;

    /// <summary>Opens an image; takes over <paramref name="file"/> when it succeeds.</summary>
    /// <exception cref="HandlerException">It cannot be opened.</exception>
    public static async Task<Qcow1Image> OpenAsync(ImageOpener opener, AsyncFile file, ImageOptions options, int depth)
    {
        if (options.Snapshot is not null)
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"'{file.Path}' is a qcow image of version 1, which has no snapshots.");
        }

        long lengthBytes = file.GetLength();
        Qcow1Header? header;
        using (IoBuffer start = await ImageOpener.ReadAsync(file, 0, (int)Math.Min(HeaderReadBytes, lengthBytes), "header").ConfigureAwait(false))
        {
            if (!Qcow1Header.TryParse(start.Span, lengthBytes, out header, out string? reason))
            {
                throw new HandlerException(HandlerErrorKind.Failed, $"'{file.Path}' cannot be used: {reason}.");
            }
        }

        ulong[] l1 = new ulong[header.L1Entries];
        using (IoBuffer table = await ImageOpener.ReadAsync(file, header.L1Offset, l1.Length * 8, "L1 table").ConfigureAwait(false))
        {
            Decode(table.Span, l1);
        }

        IClusterCipher? cipher = header.Encryption == EncryptionMethod.None ? null : ClusterCiphers.OpenAes(file.Path, options);
        ImageLayer? backing = header.BackingFile is { } name
            ? await opener.OpenBackingAsync(file.Path, name, null, options, depth + 1).ConfigureAwait(false)
            : null;
        return new Qcow1Image(opener, file, header, l1, backing, cipher, options.IsReadOnly);
    }

    public override async ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        for (long done = 0; done < data.Length;)
        {
            long position = offsetBytes + done;
            long length = Math.Min(data.Length - done, _header.ClusterBytes - InCluster(position));
            (IoStatus status, ulong entry) = await FindAsync(position).ConfigureAwait(false);
            status = status.IsGood ? await ReadPieceAsync(entry, position, data.Slice(done, length), cancellationToken).ConfigureAwait(false) : status;
            if (!status.IsGood)
            {
                return status;
            }

            done += length;
        }

        return IoStatus.Good;
    }

    public override async ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        long length = Math.Min(lengthBytes, _header.ClusterBytes - InCluster(offsetBytes));
        (IoStatus status, ulong entry) = await FindAsync(offsetBytes).ConfigureAwait(false);
        if (!status.IsGood || entry != 0)
        {
            return new Extent(length, ExtentState.Mapped, status);
        }

        return _backing is null || offsetBytes >= _backing.SizeBytes
            ? new Extent(length, ExtentState.Deallocated)
            : await _backing.GetExtentAsync(offsetBytes, Math.Min(length, _backing.SizeBytes - offsetBytes), cancellationToken).ConfigureAwait(false);
    }

    public override ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => _host.FlushAsync();

    public override ValueTask GrowAsync(long sizeBytes, CancellationToken cancellationToken) => throw new HandlerException(
        HandlerErrorKind.NotSupported, $"'{Path}' is a qcow image of version 1, whose size cannot change; convert it with 'qemu-img convert -O qcow2'.");

    public override async ValueTask DisposeAsync()
    {
        _allocation.Dispose();
        _cipher?.Dispose();
        await _host.DisposeAsync().ConfigureAwait(false);
        if (_backing is not null)
        {
            await _backing.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void Decode(ReadOnlySpan<byte> source, Span<ulong> words)
    {
        for (int index = 0; index < words.Length; index++)
        {
            words[index] = BinaryPrimitives.ReadUInt64BigEndian(source[(index * 8)..]);
        }
    }

    private int InCluster(long position) => (int)(position & (_header.ClusterBytes - 1));

    private int L1Index(long position) => (int)(position >> (_header.ClusterBits + _header.L2Bits));

    private int L2Index(long position) => (int)((position >> _header.ClusterBits) & (_header.L2Entries - 1));

    private async ValueTask<(IoStatus Status, ulong Entry)> FindAsync(long position)
    {
        (IoStatus status, ulong[]? table) = await TableAsync(L1Index(position)).ConfigureAwait(false);
        return (status, table is null ? 0 : Volatile.Read(ref table[L2Index(position)]));
    }

    /// <summary>An L2 table, read where it is not cached; null where there is none. Tables are small and changed in place, so all users share one copy.</summary>
    private async ValueTask<(IoStatus Status, ulong[]? Table)> TableAsync(int l1Index)
    {
        ulong offset = Volatile.Read(ref _l1[l1Index]);
        if (offset == 0)
        {
            return (IoStatus.Good, null);
        }

        lock (_lock)
        {
            if (_tables.TryGetValue(l1Index, out ulong[]? cached))
            {
                return (IoStatus.Good, cached);
            }
        }

        if (offset > (ulong)_host.LengthBytes || (offset & 511) != 0)
        {
            return (IoOutcome.ReadError, null);
        }

        ulong[] words = new ulong[_header.L2Entries];
        using var buffer = new IoBuffer(words.Length * 8);
        IoStatus status = await _file.ReadAsync((long)offset, buffer.List, CancellationToken.None).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return (status, null);
        }

        Decode(buffer.Span, words);
        return (IoStatus.Good, Keep(l1Index, words));
    }

    // Somebody else may have read, and changed, the same table meanwhile: the first copy is everybody's.
    private ulong[] Keep(int l1Index, ulong[] words)
    {
        lock (_lock)
        {
            if (_tables.TryGetValue(l1Index, out ulong[]? first))
            {
                return first;
            }

            if (_tableOrder.Count >= MaximumTables && IsReadOnly)
            {
                _tables.Remove(_tableOrder.Dequeue());
            }

            _tables.Add(l1Index, words);
            _tableOrder.Enqueue(l1Index);
            return words;
        }
    }

    private ValueTask<IoStatus> ReadPieceAsync(ulong entry, long position, ScatterList data, CancellationToken cancellationToken)
    {
        if (entry == 0)
        {
            long present = _backing is null ? 0 : Math.Clamp(_backing.SizeBytes - position, 0, data.Length);
            data.Slice(present).Clear();
            return present == 0 ? new(IoStatus.Good) : _backing!.ReadAsync(position, data.Slice(0, present), cancellationToken);
        }

        return (entry & Qcow1Header.Compressed) != 0
            ? ReadCompressedAsync(entry, position, data, cancellationToken)
            : ReadDataAsync(entry, position, data, cancellationToken);
    }

    private async ValueTask<IoStatus> ReadDataAsync(ulong entry, long position, ScatterList data, CancellationToken cancellationToken)
    {
        if (!IsDataPlace(entry))
        {
            Log.BadEntry(_logger, _name, Path, position, entry);
            return IoOutcome.ReadError;
        }

        IoStatus status = await _file.ReadAsync((long)entry + InCluster(position), data, cancellationToken).ConfigureAwait(false);
        if (status.IsGood && _cipher is not null)
        {
            Decrypt(position, data);
        }

        return status;
    }

    private async ValueTask<IoStatus> ReadCompressedAsync(ulong entry, long position, ScatterList data, CancellationToken cancellationToken)
    {
        if (_inflated.TryCopy(entry, InCluster(position), data))
        {
            return IoStatus.Good;
        }

        int lengthShift = 63 - _header.ClusterBits;
        long offset = (long)(entry & ((1UL << lengthShift) - 1));
        int length = (int)((entry & ~Qcow1Header.Compressed) >> lengthShift) & (_header.ClusterBytes - 1);
        using var packed = new IoBuffer(length);
        IoStatus status = await _file.ReadAsync(offset, packed.List, cancellationToken).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return status;
        }

        byte[] cluster = new byte[_header.ClusterBytes];
        string? damage = await Task.Run(() => ClusterInflater.Inflate(CompressionType.Deflate, packed, cluster), CancellationToken.None).ConfigureAwait(false);
        if (damage is not null)
        {
            Log.CannotInflate(_logger, _name, Path, position, damage);
            return IoOutcome.ReadError;
        }

        _inflated.Add(entry, cluster);
        data.CopyFrom(cluster.AsSpan(InCluster(position), (int)data.Length));
        return IoStatus.Good;
    }

    private bool IsDataPlace(ulong entry) => (entry & 511) == 0 && entry <= (ulong)_host.LengthBytes && entry >= Qcow1Header.Bytes;

    private void Decrypt(long position, ScatterList data)
    {
        Span<byte> sector = stackalloc byte[IClusterCipher.SectorBytes];
        for (long done = 0; done < data.Length; done += sector.Length)
        {
            ScatterList piece = data.Slice(done, sector.Length);
            piece.CopyTo(sector);
            _cipher!.Decrypt(position + done, sector);
            piece.CopyFrom(sector);
        }
    }
}

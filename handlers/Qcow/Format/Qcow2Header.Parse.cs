// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TcmuRunner.Handlers.Qcow.Format;

internal sealed partial record Qcow2Header
{
    private const int Version2Bytes = 72;
    private const int Version3Bytes = 104;

    /// <summary>Reads cluster_bits, so that the whole first cluster can be fetched before <see cref="TryParse"/>.</summary>
    public static bool TryReadClusterBits(ReadOnlySpan<byte> start, out int clusterBits, [NotNullWhen(false)] out string? reason)
    {
        uint bits = start.Length < Version2Bytes ? 0 : BinaryPrimitives.ReadUInt32BigEndian(start[20..]);
        clusterBits = (int)bits;
        reason = start.Length < Version2Bytes ? "the file ends inside the header"
            : bits is < MinimumClusterBits or > MaximumClusterBits ? $"its cluster size is 2^{bits} bytes; 512 bytes to 2 MiB are possible"
            : null;
        return reason is null;
    }

    /// <summary>Parses and checks a header.</summary>
    /// <param name="cluster">The first cluster, or as much of it as the file has.</param>
    /// <param name="lengthBytes">The file's length: tables outside it are refused.</param>
    /// <param name="header">The header.</param>
    /// <param name="reason">What is wrong, as the end of a sentence.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> cluster, long lengthBytes, [NotNullWhen(true)] out Qcow2Header? header, [NotNullWhen(false)] out string? reason)
    {
        header = null;
        if (!TryReadClusterBits(cluster, out int clusterBits, out reason))
        {
            return false;
        }

        int version = (int)BinaryPrimitives.ReadUInt32BigEndian(cluster[4..]);
        int headerLength = Version2Bytes;
        if (version >= 3 && !TryReadHeaderLength(cluster, out headerLength, out reason))
        {
            return false;
        }

        var incompatible = (IncompatibleFeatures)(version >= 3 ? BinaryPrimitives.ReadUInt64BigEndian(cluster[72..]) : 0);
        uint refcountOrder = version >= 3 ? BinaryPrimitives.ReadUInt32BigEndian(cluster[96..]) : 4;
        if (!TryParseExtensions(cluster, headerLength, out ImmutableArray<HeaderExtension> extensions, out reason)
            || !TryParseBackingFile(cluster, out string? backingFile, out reason))
        {
            return false;
        }

        reason = refcountOrder > 6 ? $"its reference counts have 2^{refcountOrder} bits; 1 to 64 are possible" : CheckIncompatible(incompatible, clusterBits, extensions);
        if (reason is not null)
        {
            return false;
        }

        var parsed = new Qcow2Header
        {
            Version = version,
            Geometry = new ClusterGeometry(clusterBits, incompatible.HasFlag(IncompatibleFeatures.ExtendedL2), (int)refcountOrder),
            SizeBytes = (long)BinaryPrimitives.ReadUInt64BigEndian(cluster[SizeField..]),
            Encryption = (EncryptionMethod)BinaryPrimitives.ReadUInt32BigEndian(cluster[32..]),
            L1Entries = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(cluster[L1Field..]), int.MaxValue),
            L1Offset = (long)BinaryPrimitives.ReadUInt64BigEndian(cluster[(L1Field + 4)..]),
            RefcountTableOffset = (long)BinaryPrimitives.ReadUInt64BigEndian(cluster[RefcountTableField..]),
            RefcountTableClusters = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(cluster[(RefcountTableField + 8)..]), int.MaxValue),
            SnapshotCount = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(cluster[SnapshotsField..]), int.MaxValue),
            SnapshotsOffset = (long)BinaryPrimitives.ReadUInt64BigEndian(cluster[(SnapshotsField + 4)..]),
            Incompatible = incompatible,
            Compatible = (CompatibleFeatures)(version >= 3 ? BinaryPrimitives.ReadUInt64BigEndian(cluster[80..]) : 0),
            Autoclear = (AutoclearFeatures)(version >= 3 ? BinaryPrimitives.ReadUInt64BigEndian(cluster[AutoclearField..]) : 0),
            Compression = headerLength > Version3Bytes ? (CompressionType)cluster[104] : CompressionType.Deflate,
            BackingFile = backingFile,
            Extensions = extensions,
        };
        reason = parsed.CheckTables(lengthBytes) ?? parsed.CheckFeatures();
        header = reason is null ? parsed : null;
        return reason is null;
    }

    private static bool TryReadHeaderLength(ReadOnlySpan<byte> cluster, out int headerLength, [NotNullWhen(false)] out string? reason)
    {
        uint length = cluster.Length < Version3Bytes ? 0 : BinaryPrimitives.ReadUInt32BigEndian(cluster[100..]);
        headerLength = (int)length;
        reason = length < Version3Bytes || length % 8 != 0 || length > cluster.Length ? $"its header has {length} bytes, which is not possible" : null;
        return reason is null;
    }

    private static bool TryParseExtensions(
        ReadOnlySpan<byte> cluster, int start, out ImmutableArray<HeaderExtension> extensions, [NotNullWhen(false)] out string? reason)
    {
        // The extensions end where the backing file's name begins, or with the cluster.
        ulong nameOffset = BinaryPrimitives.ReadUInt64BigEndian(cluster[8..]);
        int end = nameOffset != 0 && nameOffset < (ulong)cluster.Length ? (int)nameOffset : cluster.Length;
        var found = ImmutableArray.CreateBuilder<HeaderExtension>();
        extensions = [];
        reason = null;
        int position = start;
        while (position + 8 <= end)
        {
            uint type = BinaryPrimitives.ReadUInt32BigEndian(cluster[position..]);
            uint length = BinaryPrimitives.ReadUInt32BigEndian(cluster[(position + 4)..]);
            if (type == 0)
            {
                break;
            }

            if (length > end - position - 8)
            {
                reason = $"its header extension {type:X8}h at byte {position} has {length} bytes, more than there is room for";
                return false;
            }

            found.Add(new HeaderExtension(type, [.. cluster.Slice(position + 8, (int)length)]));
            position += 8 + (int)((length + 7) & ~7u);
        }

        extensions = found.ToImmutable();
        return true;
    }

    private static bool TryParseBackingFile(ReadOnlySpan<byte> cluster, out string? name, [NotNullWhen(false)] out string? reason)
    {
        ulong offset = BinaryPrimitives.ReadUInt64BigEndian(cluster[8..]);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(cluster[16..]);
        name = null;
        reason = null;
        if (offset == 0 || length == 0)
        {
            return true;
        }

        if (length > MaximumBackingNameBytes || offset > (ulong)cluster.Length || length > (ulong)cluster.Length - offset)
        {
            reason = $"the name of its backing file ({length} bytes at {offset}) does not lie in the first cluster";
            return false;
        }

        name = Encoding.UTF8.GetString(cluster.Slice((int)offset, (int)length));
        reason = name.Any(char.IsControl) ? "the name of its backing file has control characters" : null;
        return reason is null;
    }

    private static string? CheckIncompatible(IncompatibleFeatures features, int clusterBits, ImmutableArray<HeaderExtension> extensions)
    {
        IncompatibleFeatures unknown = features & ~IncompatibleFeatures.Known;
        if (unknown != 0)
        {
            ImmutableArray<byte> table = extensions.FirstOrDefault(extension => extension.Type == HeaderExtension.FeatureNames)?.Data ?? [];
            return $"it uses features that are not known here: {FeatureNameTable.Describe(table, 0, (ulong)unknown)}";
        }

        return features.HasFlag(IncompatibleFeatures.ExtendedL2) && clusterBits < 14
            ? $"it has extended L2 entries in clusters of {1 << clusterBits} bytes; they need at least 16384"
            : null;
    }

    private string? CheckFeatures()
    {
        bool namesCompression = Incompatible.HasFlag(IncompatibleFeatures.Compression);
        bool isExternal = Incompatible.HasFlag(IncompatibleFeatures.ExternalData);
        return Compression > CompressionType.Zstandard ? $"its compression type {(byte)Compression} is not known here"
            : namesCompression != (Compression != CompressionType.Deflate) ? "its compression type and its feature bit contradict each other"
            : Encryption is < EncryptionMethod.None or > EncryptionMethod.Luks ? $"its encryption method {(int)Encryption} is not known here"
            : Encryption == EncryptionMethod.Luks && !HasExtension(HeaderExtension.EncryptionHeader) ? "it is encrypted and does not say where the LUKS header is"
            : isExternal && SnapshotCount > 0 ? "it has internal snapshots and an external data file, which exclude each other"
            : Autoclear.HasFlag(AutoclearFeatures.RawExternalData) && isExternal && BackingFile is not null
                ? "it has a backing file and a raw external data file, which exclude each other"
            : null;
    }

    private string? CheckTables(long lengthBytes)
    {
        long clusterBytes = Geometry.ClusterBytes;
        if (SizeBytes < 0 || SizeBytes > long.MaxValue - clusterBytes)
        {
            return $"its disk has {(ulong)SizeBytes} bytes, which is too many";
        }

        long needed = Geometry.L1EntriesFor(SizeBytes);
        return L1Entries * 8L > MaximumL1Bytes ? $"its L1 table has {L1Entries} entries; at most {MaximumL1Bytes / 8} are possible"
            : L1Entries < needed ? $"its L1 table has {L1Entries} entries; the disk needs {needed}"
            : RefcountTableClusters == 0 ? "it has no refcount table"
            : RefcountTableClusters * clusterBytes > MaximumRefcountTableBytes && RefcountTableClusters > 1 ? $"its refcount table has {RefcountTableClusters} clusters, which is too many"
            : SnapshotCount > MaximumSnapshots ? $"it has {SnapshotCount} snapshots; at most {MaximumSnapshots} are possible"
            : CheckPlace("L1 table", L1Offset, L1Entries * 8L, lengthBytes)
                ?? CheckPlace("refcount table", RefcountTableOffset, RefcountTableClusters * clusterBytes, lengthBytes)
                ?? (SnapshotCount == 0 ? null : CheckPlace("snapshot table", SnapshotsOffset, 40L * SnapshotCount, lengthBytes));
    }

    private string? CheckPlace(string what, long offset, long length, long fileBytes) =>
        length == 0 ? null
        : offset < Geometry.ClusterBytes || offset % Geometry.ClusterBytes != 0 ? $"its {what} is at byte {offset}, which is no cluster after the header"
        : offset > Geometry.AlignUp(fileBytes) - length ? $"its {what} ({length} bytes at {offset}) lies outside the file of {fileBytes} bytes"
        : null;
}

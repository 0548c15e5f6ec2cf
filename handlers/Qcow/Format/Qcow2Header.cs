// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>A checked qcow2 header, as read from the image. qcow2 spec, Header.</summary>
internal sealed partial record Qcow2Header
{
    // Byte offsets of the fields that are changed while an image is open. Keep in sync with Qcow2Header.Parse.cs.
    public const int SizeField = 24;
    public const int L1Field = 36;
    public const int RefcountTableField = 48;
    public const int SnapshotsField = 60;
    public const int IncompatibleField = 72;
    public const int AutoclearField = 88;

    public const int MinimumClusterBits = 9;
    public const int MaximumClusterBits = 21;

    // QEMU's limits: without them a header of a hundred bytes could ask for any amount of memory.
    public const long MaximumL1Bytes = 32 << 20;
    public const long MaximumRefcountTableBytes = 8 << 20;
    public const int MaximumSnapshots = 65536;
    public const long MaximumSnapshotTableBytes = 64 << 20;
    public const int MaximumBackingNameBytes = 1023;

    public required int Version { get; init; }
    public required ClusterGeometry Geometry { get; init; }
    public required long SizeBytes { get; init; }
    public required EncryptionMethod Encryption { get; init; }
    public required int L1Entries { get; init; }
    public required long L1Offset { get; init; }
    public required long RefcountTableOffset { get; init; }
    public required int RefcountTableClusters { get; init; }
    public required int SnapshotCount { get; init; }
    public required long SnapshotsOffset { get; init; }
    public IncompatibleFeatures Incompatible { get; init; }
    public CompatibleFeatures Compatible { get; init; }
    public AutoclearFeatures Autoclear { get; init; }
    public CompressionType Compression { get; init; }
    public string? BackingFile { get; init; }
    public ImmutableArray<HeaderExtension> Extensions { get; init; } = [];

    /// <summary>The bytes of an extension; empty where the image does not have it.</summary>
    public ImmutableArray<byte> Extension(uint type) => Extensions.FirstOrDefault(extension => extension.Type == type)?.Data ?? [];

    /// <summary>Whether the image has an extension.</summary>
    public bool HasExtension(uint type) => Extensions.Any(extension => extension.Type == type);
}

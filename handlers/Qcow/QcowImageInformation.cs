// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Handlers.Qcow;

/// <summary>What an image is opened for.</summary>
public enum QcowImageAccess
{
    /// <summary>To look at it; nothing is written.</summary>
    Read = 0,

    /// <summary>To change its snapshots.</summary>
    Write = 1,

    /// <summary>To repair it, however damaged it is.</summary>
    Repair = 2,
}

/// <summary>What an image is.</summary>
public sealed record QcowImageInformation
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The format with its version, for people.</summary>
    public required string Format { get; init; }

    /// <summary>Size of the disk in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Cluster size in bytes.</summary>
    public int ClusterBytes { get; init; }

    /// <summary>Width of a reference count in bits; 0 where there are none.</summary>
    public int RefcountBits { get; init; }

    /// <summary>The backing file as the image names it; null where there is none.</summary>
    public string? BackingFile { get; init; }

    /// <summary>Whether guest data are encrypted.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Whether its last user did not close it, so that counts are built anew by the next writer.</summary>
    public bool IsDirty { get; init; }

    /// <summary>Whether it may not be written until it is repaired.</summary>
    public bool IsCorrupt { get; init; }

    /// <summary>Whether clusters have subclusters.</summary>
    public bool HasExtendedL2 { get; init; }

    /// <summary>Whether guest data are in another file.</summary>
    public bool HasExternalData { get; init; }

    /// <summary>Its snapshots, oldest first.</summary>
    public ImmutableArray<QcowSnapshot> Snapshots { get; init; } = [];
}

/// <summary>An internal snapshot.</summary>
/// <param name="Id">Its number in the image.</param>
/// <param name="Name">Its name.</param>
/// <param name="Time">When it was made.</param>
/// <param name="SizeBytes">Size of the disk then, in bytes.</param>
public sealed record QcowSnapshot(string Id, string Name, DateTimeOffset Time, long SizeBytes);

/// <summary>A piece of the disk.</summary>
/// <param name="OffsetBytes">Where it starts.</param>
/// <param name="LengthBytes">How long it is.</param>
/// <param name="IsMapped">Whether it holds data; otherwise it reads as zeros.</param>
public readonly record struct QcowMapEntry(long OffsetBytes, long LengthBytes, bool IsMapped);

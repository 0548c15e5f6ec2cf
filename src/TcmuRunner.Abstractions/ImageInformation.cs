// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>What an image is.</summary>
public sealed record ImageInformation
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The format with its version, for people.</summary>
    public required string Format { get; init; }

    /// <summary>Size of the disk in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Smallest piece that is allocated, in bytes; 0 where there is none.</summary>
    public int ClusterBytes { get; init; }

    /// <summary>The backing file as the image names it; null where there is none.</summary>
    public string? BackingFile { get; init; }

    /// <summary>Whether guest data are encrypted.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Whether its last user did not close it, so that the next writer repairs it first.</summary>
    public bool IsDirty { get; init; }

    /// <summary>Whether it may not be written until it is repaired.</summary>
    public bool IsCorrupt { get; init; }

    /// <summary>Whatever else the format has to say, for people; a few words each.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Its snapshots, oldest first.</summary>
    public IReadOnlyList<ImageSnapshot> Snapshots { get; init; } = [];
}

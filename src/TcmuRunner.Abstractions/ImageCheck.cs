// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>What a check of an image found.</summary>
public sealed record ImageCheck
{
    /// <summary>Structures that contradict each other and could cost data.</summary>
    public long Corruptions { get; init; }

    /// <summary>Clusters that are counted and not used: lost space, nothing worse.</summary>
    public long Leaks { get; init; }

    /// <summary>Clusters of the disk with data of their own.</summary>
    public long AllocatedClusters { get; init; }

    /// <summary>Clusters of the disk that are compressed.</summary>
    public long CompressedClusters { get; init; }

    /// <summary>Clusters of the disk altogether.</summary>
    public long TotalClusters { get; init; }

    /// <summary>The end of the last cluster in use, in bytes of the file.</summary>
    public long EndOffset { get; init; }

    /// <summary>The first problems, as sentences; not more than a hundred.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Whether nothing at all was found.</summary>
    public bool IsClean => Corruptions == 0 && Leaks == 0;
}

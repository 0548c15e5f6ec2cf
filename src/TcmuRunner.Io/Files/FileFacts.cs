// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io.Files;

/// <summary>What was found out about a file when it was opened.</summary>
internal sealed record FileFacts
{
    internal required string Path { get; init; }

    internal required bool IsReadOnly { get; init; }

    /// <summary>Whether <see cref="ImageLocks"/> were taken.</summary>
    internal required bool IsLocked { get; init; }

    internal required bool IsBlockDevice { get; init; }

    internal required int PhysicalBlockSizeBytes { get; init; }

    internal required bool CanDeallocate { get; init; }

    internal required bool IsSolidState { get; init; }

    /// <summary>Whether the bytes are in memory always (tmpfs, ramfs), so that no transfer waits for a disk.</summary>
    internal required bool IsInMemory { get; init; }

    /// <summary>Alignment in bytes of offsets and lengths for direct I/O; 1: not direct.</summary>
    internal int OffsetAlignment { get; init; } = 1;

    /// <summary>Alignment in bytes of memory for direct I/O.</summary>
    internal int MemoryAlignment { get; init; } = 1;
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>How to open an image.</summary>
internal sealed record ImageOptions
{
    /// <summary>Cache for L2 tables, per image of a chain, in bytes. 32 MiB map 256 GiB of disk with clusters of 64 KiB. QEMU's default on Linux.</summary>
    public const long DefaultCacheBytes = 32 << 20;

    /// <summary>Whether writes are refused. Default false.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether the page cache is bypassed. Default false.</summary>
    public bool IsDirect { get; init; }

    /// <summary>The image's format; null, the default: found out from its first bytes.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>Id or name of the internal snapshot to open instead of the disk, read-only; null for the disk.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Size of the L2 cache in bytes, 64 KiB to 1 GiB.</summary>
    public long CacheBytes { get; init; } = DefaultCacheBytes;

    /// <summary>Path of a file with the secret of an encrypted image; null where there is none.</summary>
    public string? SecretPath { get; init; }

    /// <summary>Whether the files are locked against others who write or, where this one writes, use them, as QEMU does. Default false.</summary>
    public bool IsLocked { get; init; }

    /// <summary>Whether a damaged image is opened all the same, to look at it and repair it.</summary>
    public bool ForRepair { get; init; }
}

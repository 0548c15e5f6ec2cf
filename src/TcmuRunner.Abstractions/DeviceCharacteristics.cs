// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>The facts of an open device that the engine advertises to initiators. What is said here must be true.</summary>
public sealed record DeviceCharacteristics
{
    /// <summary>Size in bytes, a multiple of the block size, at least one block.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>What the device can do beyond read and write.</summary>
    public DeviceCapabilities Capabilities { get; init; }

    /// <summary>Which calls may overlap. Default: any.</summary>
    public DeviceThreading Threading { get; init; }

    /// <summary>Whether writes are refused: the engine sets the write-protect bit and answers them itself. Default false.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>
    /// Whether a completed write may be lost by a power cut until it is flushed. True makes the disk start with a volatile write cache (WCE)
    /// that the administrator can switch off: the engine then makes every write durable. Needs <see cref="DeviceCapabilities.Flush"/>.
    /// </summary>
    public bool HasVolatileWriteCache { get; init; }

    /// <summary>Whether the medium does not rotate, so that initiators do not sort their requests. Default true.</summary>
    public bool IsSolidState { get; init; } = true;

    /// <summary>Logical block size in bytes where the backing store has one of its own, a power of two from 512 to 65536; 0, the default: the one
    /// that was asked for in <see cref="OpenRequest.BlockSizeBytes"/>.</summary>
    public int BlockSizeBytes { get; init; }

    /// <summary>Physical block size in bytes, a power-of-two multiple of the logical one; 0, the default: the logical block size.</summary>
    public int PhysicalBlockSizeBytes { get; init; }

    /// <summary>Largest single read or write in bytes that the device likes; 0, the default: no limit of its own.</summary>
    public long OptimalTransferBytes { get; init; }

    /// <summary>Smallest piece in bytes that an unmap can give back, a multiple of the block size; 0, the default: one block.</summary>
    public long UnmapGranularityBytes { get; init; }

    /// <summary>Whether unmapped blocks read as zeros from then on. Default true; false where that is not certain.</summary>
    public bool UnmappedReadsZero { get; init; } = true;

    /// <summary>What initiators are told of the zones; needs <see cref="DeviceCapabilities.Zones"/>. Null, the default: a disk without zones.</summary>
    public ZonedCharacteristics? Zones { get; init; }
}

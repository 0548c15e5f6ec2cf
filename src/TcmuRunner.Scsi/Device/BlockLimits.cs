// SPDX-License-Identifier: Apache-2.0
using System.Numerics;

namespace TcmuRunner.Scsi;

/// <summary>The limits that VPD page B0h advertises (SBC-4 6.6.4) and that commands are held to; in logical blocks. Immutable.</summary>
internal sealed class BlockLimits
{
    /// <summary>Largest piece of memory that a command in several steps takes for itself, in bytes.</summary>
    public const int BounceBytes = 1 << 20;

    /// <summary>How many descriptors an UNMAP may have.</summary>
    public const int UnmapDescriptors = 256;

    // What libiscsi's test suite takes for a sane limit, and small enough that one command does not hold a device for long.
    private const uint UnmapBlocks = 1 << 20;

    // A pattern that the engine itself must write: no more than slow storage manages well inside an initiator's 30 s.
    private const long EmulatedWriteSameBytes = 32L << 20;
    private const long WriteSameBytes = 1L << 30;

    // WRITE SAME(10) cannot ask for more, and libiscsi's test suite takes more for a promise that a WRITE can be as long.
    private const long WriteSameBlocks = ushort.MaxValue;

    /// <summary>Works the limits out.</summary>
    /// <param name="device">The device.</param>
    /// <param name="maximumTransferBlocks">The front's limit for one transfer; 0 for none.</param>
    public BlockLimits(BackingDevice device, uint maximumTransferBlocks)
    {
        int shift = device.BlockShift;
        MaximumTransfer = maximumTransferBlocks;
        uint optimal = (uint)Math.Min(device.Characteristics.OptimalTransferBytes >> shift, uint.MaxValue);
        OptimalTransfer = maximumTransferBlocks == 0 ? optimal : Math.Min(optimal, maximumTransferBlocks);
        int physical = Math.Max(device.Characteristics.PhysicalBlockSizeBytes, device.BlockSizeBytes) >> shift;
        PhysicalBlockExponent = BitOperations.Log2((uint)physical);

        // One byte in the CDB, bounded memory, and both halves must go through one transfer.
        int compareAndWrite = Math.Min(byte.MaxValue, BounceBytes >> shift);
        CompareAndWrite = (byte)(maximumTransferBlocks == 0 ? compareAndWrite : Math.Clamp((int)Math.Min(maximumTransferBlocks / 2, byte.MaxValue), 1, compareAndWrite));

        // 0 means "one block": nothing is ever divided by zero.
        UnmapGranularity = (uint)Math.Clamp(device.Characteristics.UnmapGranularityBytes >> shift, 1, uint.MaxValue);
        WriteSame = Math.Min((device.WriteSame is null ? EmulatedWriteSameBytes : WriteSameBytes) >> shift, WriteSameBlocks);
        Unmap = UnmapBlocks;
    }

    /// <summary>MAXIMUM TRANSFER LENGTH; 0 for no limit.</summary>
    public uint MaximumTransfer { get; }

    /// <summary>OPTIMAL TRANSFER LENGTH; 0 for not reported.</summary>
    public uint OptimalTransfer { get; }

    /// <summary>LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT.</summary>
    public int PhysicalBlockExponent { get; }

    /// <summary>MAXIMUM COMPARE AND WRITE LENGTH, at least 1.</summary>
    public byte CompareAndWrite { get; }

    /// <summary>MAXIMUM UNMAP LBA COUNT, of all descriptors of a command together.</summary>
    public uint Unmap { get; }

    /// <summary>OPTIMAL UNMAP GRANULARITY, at least 1.</summary>
    public uint UnmapGranularity { get; }

    /// <summary>MAXIMUM WRITE SAME LENGTH.</summary>
    public long WriteSame { get; }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>
/// Bits of L1 and L2 entries (qcow2 spec, Cluster mapping).
/// <code>
///  63      62          61..56    55 ........ 9   8..1      0
///  COPIED  compressed  reserved  host offset     reserved  reads as zeros (L2, version 3, not extended)
/// </code>
/// </summary>
internal static class L2Entry
{
    public const ulong Copied = 1UL << 63;
    public const ulong Compressed = 1UL << 62;
    public const ulong Zero = 1;
    public const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;
    public const ulong ReservedMask = 0x3F00_0000_0000_01FE;
    public const ulong L1ReservedMask = 0x7F00_0000_0000_01FF;

    /// <summary>The host bytes that a compressed cluster's data lie in: from any byte to the end of a 512-byte sector.</summary>
    public static (long Offset, int Length) CompressedSpan(ulong entry, int clusterBits)
    {
        int offsetBits = 70 - clusterBits;
        long offset = (long)(entry & ((1UL << offsetBits) - 1));
        long sectors = (long)((entry & ~(Copied | Compressed)) >> offsetBits) + 1;
        return (offset, (int)((sectors * 512) - (offset & 511)));
    }
}

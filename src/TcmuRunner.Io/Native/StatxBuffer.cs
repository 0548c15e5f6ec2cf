// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary><c>struct statx</c> of linux/stat.h: the members that are used. The layout test proves the offsets.</summary>
[StructLayout(LayoutKind.Explicit, Size = StructSize)]
internal struct StatxBuffer
{
    internal const int StructSize = 256;
    internal const int BlockSizeOffset = 0x04;
    internal const int ModeOffset = 0x1c;
    internal const int SizeOffset = 0x28;
    internal const int RdevMajorOffset = 0x80;
    internal const int RdevMinorOffset = 0x84;
    internal const int DevMajorOffset = 0x88;
    internal const int DevMinorOffset = 0x8c;
    internal const int DirectMemoryAlignOffset = 0x98;
    internal const int DirectOffsetAlignOffset = 0x9c;

    /// <summary>stx_mask: which members the kernel filled in.</summary>
    [FieldOffset(0)]
    internal uint Mask;

    [FieldOffset(BlockSizeOffset)]
    internal uint BlockSize;

    [FieldOffset(ModeOffset)]
    internal ushort Mode;

    [FieldOffset(SizeOffset)]
    internal ulong Size;

    [FieldOffset(RdevMajorOffset)]
    internal uint RdevMajor;

    [FieldOffset(RdevMinorOffset)]
    internal uint RdevMinor;

    [FieldOffset(DevMajorOffset)]
    internal uint DevMajor;

    [FieldOffset(DevMinorOffset)]
    internal uint DevMinor;

    [FieldOffset(DirectMemoryAlignOffset)]
    internal uint DirectMemoryAlign;

    [FieldOffset(DirectOffsetAlignOffset)]
    internal uint DirectOffsetAlign;
}

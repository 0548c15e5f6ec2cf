// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary><c>struct io_uring_params</c> of linux/io_uring.h. The layout test proves the offsets.</summary>
[StructLayout(LayoutKind.Explicit, Size = StructSize)]
internal struct IoUringParameters
{
    internal const int StructSize = 120;
    internal const int FlagsOffset = 8;
    internal const int FeaturesOffset = 20;
    internal const int SqOffsetsOffset = 40;
    internal const int CqOffsetsOffset = 80;

    [FieldOffset(0)]
    internal uint SqEntries;

    [FieldOffset(4)]
    internal uint CqEntries;

    [FieldOffset(FlagsOffset)]
    internal uint Flags;

    [FieldOffset(FeaturesOffset)]
    internal uint Features;

    // struct io_sqring_offsets: where the members of the submission ring are in the mapping.
    [FieldOffset(SqOffsetsOffset)]
    internal uint SqHead;

    [FieldOffset(SqOffsetsOffset + 4)]
    internal uint SqTail;

    [FieldOffset(SqOffsetsOffset + 8)]
    internal uint SqRingMask;

    [FieldOffset(SqOffsetsOffset + 16)]
    internal uint SqFlags;

    [FieldOffset(SqOffsetsOffset + 24)]
    internal uint SqArray;

    // struct io_cqring_offsets: the same for the completion ring.
    [FieldOffset(CqOffsetsOffset)]
    internal uint CqHead;

    [FieldOffset(CqOffsetsOffset + 4)]
    internal uint CqTail;

    [FieldOffset(CqOffsetsOffset + 8)]
    internal uint CqRingMask;

    [FieldOffset(CqOffsetsOffset + 20)]
    internal uint CqCqes;
}

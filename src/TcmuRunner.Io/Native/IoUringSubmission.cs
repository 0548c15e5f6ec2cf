// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary><c>struct io_uring_sqe</c> of linux/io_uring.h. The layout test proves the offsets.</summary>
/// <remarks>
/// <code>
///  0        1       2         4    8        16        24    28        32          40             64
///  | opcode | flags | ioprio  | fd | offset | address | len | opflags | user data | not used: 0  |
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = StructSize)]
internal struct IoUringSubmission
{
    internal const int StructSize = 64;
    internal const int FlagsOffset = 1;
    internal const int DescriptorOffset = 4;
    internal const int OffsetOffset = 8;
    internal const int AddressOffset = 16;
    internal const int LengthOffset = 24;
    internal const int OperationFlagsOffset = 28;
    internal const int UserDataOffset = 32;

    [FieldOffset(0)]
    internal byte Opcode;

    [FieldOffset(FlagsOffset)]
    internal byte Flags;

    [FieldOffset(DescriptorOffset)]
    internal int Descriptor;

    [FieldOffset(OffsetOffset)]
    internal ulong Offset;

    [FieldOffset(AddressOffset)]
    internal ulong Address;

    [FieldOffset(LengthOffset)]
    internal uint Length;

    /// <summary>rw_flags, fsync_flags, poll32_events: one word with a name per operation.</summary>
    [FieldOffset(OperationFlagsOffset)]
    internal uint OperationFlags;

    [FieldOffset(UserDataOffset)]
    internal ulong UserData;
}

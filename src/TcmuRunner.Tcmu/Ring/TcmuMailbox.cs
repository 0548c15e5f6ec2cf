// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>
/// The head of the memory shared with the kernel (<c>struct tcmu_mailbox</c>). Used in place, never copied: <see cref="CommandHead"/> is
/// the kernel's and <see cref="CommandTail"/> ours, each on a cache line of its own.
/// </summary>
/// <remarks>
/// <code>
///   0        2        4            8            12           16        64           68       128
///   +--------+--------+------------+------------+------------+--- - ---+------------+--- - ---+
///   |version | flags  | cmdr_off   | cmdr_size  | cmd_head   | unused  | cmd_tail   | unused  |
///   +--------+--------+------------+------------+------------+--- - ---+------------+--- - ---+
/// </code>
/// Host byte order. Keep in sync with linux/target_core_user.h and the layout tests.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct TcmuMailbox
{
    internal const int SizeBytes = 128;
    internal const int VersionOffset = 0;
    internal const int FlagsOffset = 2;
    internal const int RingOffsetOffset = 4;
    internal const int RingSizeOffset = 8;
    internal const int CommandHeadOffset = 12;
    internal const int CommandTailOffset = 64;

    /// <summary>The only layout that is understood; version 1 (Linux 3.18) has no command id in its entries.</summary>
    internal const ushort SupportedVersion = 2;

    /// <summary>Layout version, <see cref="SupportedVersion"/>.</summary>
    [FieldOffset(VersionOffset)]
    internal readonly ushort Version;

    /// <summary>What the kernel can do.</summary>
    [FieldOffset(FlagsOffset)]
    internal readonly MailboxFlags Flags;

    /// <summary>Where the command ring starts, in bytes from the mailbox.</summary>
    [FieldOffset(RingOffsetOffset)]
    internal readonly uint RingOffset;

    /// <summary>Length of the command ring in bytes; a multiple of 8, not of a power of two.</summary>
    [FieldOffset(RingSizeOffset)]
    internal readonly uint RingSize;

    /// <summary>Where the kernel puts its next entry, in bytes from the ring's start. Read with acquire semantics only.</summary>
    [FieldOffset(CommandHeadOffset)]
    internal readonly uint CommandHead;

    /// <summary>The first entry that is not yet answered, in bytes from the ring's start. Written with release semantics only.</summary>
    [FieldOffset(CommandTailOffset)]
    internal uint CommandTail;
}

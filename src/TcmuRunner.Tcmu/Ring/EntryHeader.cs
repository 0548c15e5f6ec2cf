// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>The start of every ring entry (<c>struct tcmu_cmd_entry_hdr</c>).</summary>
/// <remarks>
/// <code>
///   0                        4            6        7        8
///   +------------------------+------------+--------+--------+
///   | len_op: length, opcode | cmd_id     | kflags | uflags |
///   +------------------------+------------+--------+--------+
/// </code>
/// The length is a multiple of 8, so its low three bits hold the opcode. We write <see cref="CommandId"/> and <see cref="UserFlags"/> only:
/// the kernel reads the length again when it collects the response. Keep in sync with linux/target_core_user.h.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct EntryHeader
{
    internal const int SizeBytes = 8;
    internal const int LengthAndOpcodeOffset = 0;
    internal const int CommandIdOffset = 4;
    internal const int KernelFlagsOffset = 6;
    internal const int UserFlagsOffset = 7;

    /// <summary>The bits of <see cref="LengthAndOpcode"/> that are the opcode.</summary>
    internal const uint OpcodeMask = 0x7;

    /// <summary>Entry length in bytes in the high bits, <see cref="EntryOpcode"/> in the low three.</summary>
    [FieldOffset(LengthAndOpcodeOffset)]
    internal readonly uint LengthAndOpcode;

    /// <summary>The kernel's tag of the command; used again as soon as the command is completed.</summary>
    [FieldOffset(CommandIdOffset)]
    internal ushort CommandId;

    /// <summary>Flags of the kernel; none is defined.</summary>
    [FieldOffset(KernelFlagsOffset)]
    internal readonly byte KernelFlags;

    /// <summary>Flags of ours.</summary>
    [FieldOffset(UserFlagsOffset)]
    internal UserFlags UserFlags;
}

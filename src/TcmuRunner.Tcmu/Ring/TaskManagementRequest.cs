// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>
/// A task management notification (<c>struct tcmu_tmr_entry</c>). Informational: the commands it lists are still to be completed.
/// </summary>
/// <remarks>
/// <code>
///   0        8      9        12         16             32
///   +--------+------+--------+----------+--- pads ---+--- cmd_ids[] ...
///   | header | type |  pad   | cmd_cnt  |            | u16 each
///   +--------+------+--------+----------+------------+-----------------
/// </code>
/// Keep in sync with linux/target_core_user.h.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = CommandIdsOffset)]
internal readonly struct TaskManagementRequest
{
    internal const int FunctionOffset = 8;
    internal const int CommandCountOffset = 12;
    internal const int CommandIdsOffset = 32;

    /// <summary>Which function the initiator asked for.</summary>
    [FieldOffset(FunctionOffset)]
    internal readonly TaskManagementFunction Function;

    /// <summary>How many commands in the ring it aborts.</summary>
    [FieldOffset(CommandCountOffset)]
    internal readonly uint CommandCount;
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Ring;

/// <summary>Task management functions in the ring (<c>TCMU_TMR_*</c>).</summary>
internal enum TaskManagementFunction : byte
{
    Unknown = 0,
    AbortTask = 1,
    AbortTaskSet = 2,
    ClearAca = 3,
    ClearTaskSet = 4,
    LogicalUnitReset = 5,
    TargetWarmReset = 6,
    TargetColdReset = 7,

    /// <summary>A logical unit reset by PERSISTENT RESERVE OUT.</summary>
    LogicalUnitResetByReservation = 128,
}

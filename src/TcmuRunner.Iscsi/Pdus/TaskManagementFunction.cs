// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Pdus;

/// <summary>What a Task Management Function Request asks for (RFC 7143 11.5.1).</summary>
internal enum TaskManagementFunction : byte
{
    AbortTask = 1,
    AbortTaskSet = 2,
    ClearAutoContingentAllegiance = 3,
    ClearTaskSet = 4,
    LogicalUnitReset = 5,
    TargetWarmReset = 6,
    TargetColdReset = 7,
    TaskReassign = 8,
}

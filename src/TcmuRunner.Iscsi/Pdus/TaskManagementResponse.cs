// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Pdus;

/// <summary>How a task management function ended (RFC 7143 11.6.1).</summary>
internal enum TaskManagementResponse : byte
{
    FunctionComplete = 0,
    TaskDoesNotExist = 1,
    LunDoesNotExist = 2,
    TaskAllegianceReassignmentNotSupported = 4,
    FunctionNotSupported = 5,
    AuthorizationFailed = 6,
    FunctionRejected = 255,
}

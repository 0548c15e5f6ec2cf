// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>How an operation on a handler's device ended. The engine alone turns it into SCSI status and sense data.</summary>
/// <remarks>Values are part of the SDK: new ones are added at the end.</remarks>
public enum IoOutcome : byte
{
    /// <summary>Done. SCSI: GOOD.</summary>
    Good = 0,

    /// <summary>
    /// The handler does not do this here. Raw CDB: the engine handles the command itself. Optional operation: the engine emulates it from
    /// read and write. Read, write: ILLEGAL REQUEST / INVALID COMMAND OPERATION CODE.
    /// </summary>
    NotSupported = 1,

    /// <summary>The data could not be read. SCSI: MEDIUM ERROR / UNRECOVERED READ ERROR (11/00).</summary>
    ReadError = 2,

    /// <summary>The data could not be written, or not made durable. SCSI: MEDIUM ERROR / WRITE ERROR (0C/00).</summary>
    WriteError = 3,

    /// <summary>The compared bytes differ; <see cref="IoStatus.Information"/> is the offset of the first one that does. SCSI: MISCOMPARE (1D/00).</summary>
    Miscompare = 4,

    /// <summary>The backing store is full. SCSI: DATA PROTECT / SPACE ALLOCATION FAILED WRITE PROTECT (27/07).</summary>
    NoSpace = 5,

    /// <summary>The backing store may not be written. SCSI: DATA PROTECT / WRITE PROTECTED (27/00).</summary>
    WriteProtected = 6,

    /// <summary>A passing state; the initiator should retry. SCSI: BUSY.</summary>
    Busy = 7,

    /// <summary>Not enough memory or queue slots at the moment; the initiator should retry. SCSI: TASK SET FULL.</summary>
    OutOfResources = 8,

    /// <summary>The backing store did not answer in its own time. SCSI: BUSY.</summary>
    TimedOut = 9,

    /// <summary>The operation was cancelled through its token. SCSI: TASK ABORTED.</summary>
    Aborted = 10,

    /// <summary>The backing store is not there. SCSI: NOT READY / LOGICAL UNIT COMMUNICATION FAILURE (08/00).</summary>
    NotReady = 11,

    /// <summary>Another gateway has taken over the backing store. SCSI: NOT READY / TARGET PORT IN STANDBY STATE (04/0B).</summary>
    Fenced = 12,

    /// <summary>The handler failed. SCSI: HARDWARE ERROR / INTERNAL TARGET FAILURE (44/00).</summary>
    HardwareError = 13,

    /// <summary>The handler found a field of the request invalid. SCSI: ILLEGAL REQUEST / INVALID FIELD IN CDB (24/00).</summary>
    InvalidField = 14,

    /// <summary>Raw CDB only: the handler set status and sense itself with <see cref="IRawCommand.SetCheckCondition(byte, int)"/>.</summary>
    SenseProvided = 15,

    /// <summary>The handler names sense key and additional sense code itself: made with <see cref="IoStatus.CheckCondition"/>. For what is not
    /// in this list, such as the rules of zones.</summary>
    CheckCondition = 16,
}

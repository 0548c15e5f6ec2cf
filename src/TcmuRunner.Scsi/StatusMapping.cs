// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>Turns a handler's outcome into status and sense data: the one table, by value of <see cref="IoOutcome"/>.</summary>
internal static class StatusMapping
{
    private static readonly Row[] s_rows =
    [
        new(ScsiStatus.Good), // Good
        new(SenseKey.IllegalRequest, AdditionalSenseCode.InvalidCommandOperationCode), // NotSupported
        new(SenseKey.MediumError, AdditionalSenseCode.UnrecoveredReadError), // ReadError
        new(SenseKey.MediumError, AdditionalSenseCode.WriteError), // WriteError
        new(SenseKey.Miscompare, AdditionalSenseCode.MiscompareDuringVerifyOperation), // Miscompare
        new(SenseKey.DataProtect, AdditionalSenseCode.SpaceAllocationFailedWriteProtect), // NoSpace
        new(SenseKey.DataProtect, AdditionalSenseCode.WriteProtected), // WriteProtected
        new(ScsiStatus.Busy), // Busy
        new(ScsiStatus.TaskSetFull), // OutOfResources
        new(ScsiStatus.Busy), // TimedOut
        new(ScsiStatus.TaskAborted), // Aborted
        new(SenseKey.NotReady, AdditionalSenseCode.LogicalUnitCommunicationFailure), // NotReady
        new(SenseKey.NotReady, AdditionalSenseCode.TargetPortInStandbyState), // Fenced
        new(SenseKey.HardwareError, AdditionalSenseCode.InternalTargetFailure), // HardwareError
        new(SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCdb), // InvalidField
    ];

    /// <summary>Sets a task's status and sense data.</summary>
    public static void Apply(ScsiTask task, IoStatus status)
    {
        if (status.IsGood)
        {
            task.SetStatus(ScsiStatus.Good);
            return;
        }

        if (status.Outcome == IoOutcome.SenseProvided && task.Status != ScsiStatus.Good)
        {
            return;
        }

        if (status.Outcome == IoOutcome.CheckCondition)
        {
            task.DataInLength = 0;
            task.SetCheckCondition((SenseKey)((status.Information >> 16) & 0x0F), (AdditionalSenseCode)(ushort)status.Information, null);
            return;
        }

        // Also for a value that is not in the table, and for a promise of sense data that was not kept: the handler is broken.
        Row row = (int)status.Outcome < s_rows.Length ? s_rows[(int)status.Outcome] : s_rows[(int)IoOutcome.HardwareError];
        task.DataInLength = 0;
        if (row.Status == ScsiStatus.CheckCondition)
        {
            task.SetCheckCondition(row.Key, row.Code, status.Outcome == IoOutcome.Miscompare ? status.Information : null);
        }
        else
        {
            task.SetStatus(row.Status);
        }
    }

    private readonly record struct Row(ScsiStatus Status, SenseKey Key, AdditionalSenseCode Code)
    {
        public Row(ScsiStatus status)
            : this(status, SenseKey.NoSense, AdditionalSenseCode.None)
        {
        }

        public Row(SenseKey key, AdditionalSenseCode code)
            : this(ScsiStatus.CheckCondition, key, code)
        {
        }
    }
}

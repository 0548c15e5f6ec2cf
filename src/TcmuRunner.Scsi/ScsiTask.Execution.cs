// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>What the logical unit keeps in a task while it executes it.</content>
public abstract partial class ScsiTask
{
    private readonly Action _resume;
    private LogicalUnit? _unit;
    private ConfiguredValueTaskAwaitable<IoStatus>.ConfiguredValueTaskAwaiter _awaiter;

    /// <summary>The command's place in the range lock.</summary>
    internal RangeTicket Range { get; } = new();

    /// <summary>The command's place in the queue of a device that takes one operation at a time.</summary>
    internal WaitTicket Turn { get; } = new();

    /// <summary>When the command was given to the logical unit, where it is traced; otherwise 0.</summary>
    internal long StartTimestamp { get; private set; }

    /// <summary>Under which tenure of the lock the command was let in; 0 for none.</summary>
    internal int LockTenure { get; set; }

    /// <summary>Whether the engine itself has made the command: nobody is told of unit attentions by it.</summary>
    internal virtual bool IsInternal => false;

    /// <summary>Whether neither reservation nor condition nor write protection by an initiator stops the command.</summary>
    internal virtual bool IsPrivileged => false;

    internal void Begin(LogicalUnit unit, long startTimestamp)
    {
        _unit = unit;
        LockTenure = 0;
        StartTimestamp = startTimestamp;
    }

    internal void Await(ValueTask<IoStatus> operation)
    {
        _awaiter = operation.ConfigureAwait(false).GetAwaiter();
        _awaiter.UnsafeOnCompleted(_resume);
    }

    internal void SetCheckCondition(SenseKey senseKey, AdditionalSenseCode code, long? information = null)
    {
        SenseData.WriteFixed(_sense, senseKey, code, information);
        Status = ScsiStatus.CheckCondition;
    }

    /// <summary>Says how many bytes the command transfers by its CDB.</summary>
    internal void SetTransferLength(long length) => TransferLength = length;

    /// <summary>Names the field of the CDB that is wrong (SPC-5 4.4.2.4.2), after the sense data are set.</summary>
    internal void SetFieldPointer(ushort offset) => SenseData.SetFieldPointer(_sense, offset);

    /// <summary>Sets the sense data of a unit that is not ready, with the progress where there is one (SPC-5 4.4.2.4.4).</summary>
    internal void SetNotReady(UnitCondition condition)
    {
        SetCheckCondition(condition.SenseKey, condition.Code);
        if (condition.Progress is >= 0 and var progress)
        {
            SenseData.SetProgress(_sense, (ushort)progress);
        }
    }

    /// <summary>Sets a status without sense data.</summary>
    internal void SetStatus(ScsiStatus status) => Status = status;

    /// <summary>Answers with a parameter list: as much of it as the allocation length and the buffer take.</summary>
    internal void Reply(ReadOnlySpan<byte> data, uint allocationLength)
    {
        int length = (int)Math.Min((uint)data.Length, allocationLength);
        TransferLength = length;
        DataInLength = DataIn.CopyFrom(data[..length]);
    }

    internal void Complete() => OnCompleted();

    private void Resume()
    {
        LogicalUnit unit = _unit!;
        IoStatus status;
        try
        {
            status = _awaiter.GetResult();
        }
        catch (Exception exception)
        {
            status = unit.StatusOf(exception, this);
        }

        _awaiter = default;
        unit.Finish(this, status);
    }
}

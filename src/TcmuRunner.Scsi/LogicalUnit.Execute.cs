// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>The way of every command: dispatch, waiting, completion.</content>
public sealed partial class LogicalUnit
{
    private const byte NormalAca = 0x04;
    private const ushort ServiceActionOffset = 1;
    private readonly LogLimiter _faultLimiter;
    private readonly LogLimiter _fullLimiter;

    /// <summary>
    /// Executes a command. It completes exactly once, before the call returns or later on any thread, whatever happens. Does not block, does not
    /// throw, and does not allocate for reads, writes, flushes and unmaps.
    /// </summary>
    public void Execute(ScsiTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        Interlocked.Increment(ref _commandsInFlight);
        task.Begin(this, _monitor.IsActive || _logger.IsEnabled(LogLevel.Trace) ? _options.TimeProvider.GetTimestamp() : 0);
        ValueTask<IoStatus> operation;
        IoStatus status;
        try
        {
            operation = Dispatch(task);
            if (!operation.IsCompleted)
            {
                task.Await(operation);
                return;
            }

            status = operation.Result;
        }
        catch (Exception exception)
        {
            status = StatusOf(exception, task);
        }

        Finish(task, status);
    }

    /// <summary>The one place where a command ends.</summary>
    internal void Finish(ScsiTask task, IoStatus status)
    {
        if (status.Outcome == IoOutcome.Fenced)
        {
            // Before the initiator hears of it, so that what it sends next finds the lock lost.
            _failover?.Lost(task.LockTenure);
        }

        StatusMapping.Apply(task, status);
        if (status.Outcome == IoOutcome.NoSpace)
        {
            WarnOfFullStore(task);
        }

        if (task.Range.State == TicketState.Holding)
        {
            _ranges.Exit(task.Range);
        }

        if (task.Turn.State == TicketState.Holding)
        {
            _gate!.Exit(task.Turn);
        }

        if (task.StartTimestamp != 0)
        {
            Watch(task);
        }

        // The task belongs to its front again after this, and the front may close the unit: those that waited keep it open.
        Interlocked.Decrement(ref _commandsInFlight);
        try
        {
            task.Complete();
        }
        finally
        {
            Trampoline.Run();
        }
    }

    /// <summary>What an exception that came out of a handler means for its command.</summary>
    internal IoStatus StatusOf(Exception exception, ScsiTask task)
    {
        if (exception is OperationCanceledException && task.Cancellation.IsCancellationRequested)
        {
            return IoOutcome.Aborted;
        }

        if (exception is OutOfMemoryException)
        {
            return IoOutcome.OutOfResources;
        }

        if (_faultLimiter.TryPass())
        {
            Log.CommandFailed(_logger, Name, task.Cdb[0], exception);
        }

        return IoOutcome.HardwareError;
    }

    /// <summary>Lets an aborted command go that waits for its turn or for its range.</summary>
    internal void CancelWait(ScsiTask task)
    {
        if (_ranges.TryCancel(task.Range) || (_gate is not null && _gate.TryCancel(task.Turn)))
        {
            Trampoline.Run();
        }
    }

    private ValueTask<IoStatus> Dispatch(ScsiTask task)
    {
        CommandDescriptor? command = CommandTable.Find(task.Cdb);
        bool usesDevice = _device.Raw is not null || (command is not null && command.Has(CommandFlags.UsesDevice));
        if (_gate is null || !usesDevice)
        {
            return Start(task, command);
        }

        return _gate.TryEnter(task.Turn, task.Cancellation, out ValueTask<IoStatus> wait) ? Start(task, command) : StartLaterAsync(task, command, wait);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> StartLaterAsync(ScsiTask task, CommandDescriptor? command, ValueTask<IoStatus> wait)
    {
        IoStatus turn = await wait.ConfigureAwait(false);
        return turn.IsGood ? await Start(task, command).ConfigureAwait(false) : turn;
    }

    private ValueTask<IoStatus> Start(ScsiTask task, CommandDescriptor? command) =>
        _device.Raw is { } raw ? StartRaw(raw, task, command) : Run(task, command);

    private ValueTask<IoStatus> StartRaw(IRawCommandDevice raw, ScsiTask task, CommandDescriptor? command)
    {
        ValueTask<IoStatus> operation = raw.ExecuteAsync(task, task.Cancellation);
        if (!operation.IsCompletedSuccessfully)
        {
            return RunUnlessTakenAsync(operation, task, command);
        }

        IoStatus status = operation.Result;
        return status.Outcome == IoOutcome.NotSupported ? Run(task, command) : new(status);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> RunUnlessTakenAsync(ValueTask<IoStatus> operation, ScsiTask task, CommandDescriptor? command)
    {
        IoStatus status = await operation.ConfigureAwait(false);
        return status.Outcome == IoOutcome.NotSupported ? await Run(task, command).ConfigureAwait(false) : status;
    }

    // The order of the checks is SAM-5 5.14: what is pending for the nexus comes before what is wrong with the command.
    private ValueTask<IoStatus> Run(ScsiTask task, CommandDescriptor? command)
    {
        if (_pendingUnitAttentions != 0 && !task.IsInternal && (command is null || !command.Has(CommandFlags.IgnoresUnitAttention))
            && TakeUnitAttention(task.Nexus) is { } attention)
        {
            return Refuse(task, SenseKey.UnitAttention, attention);
        }

        if ((!_reservations.IsFree || _unitHolder is not null) && ConflictsWithReservation(task, command))
        {
            return new(ReservationConflict(task));
        }

        if (_condition is { } condition && !task.IsPrivileged && (command is null ? _device.Zoned is not null : condition.Stops(command)))
        {
            return RefuseNotReady(task, condition);
        }

        return _failover is { } failover && command is not null && !failover.Admits(task, command)
            ? RunUnderLockAsync(failover, task, command)
            : RunCheckedAsync(task, command);
    }

    private ValueTask<IoStatus> RunCheckedAsync(ScsiTask task, CommandDescriptor? command) =>
        _device.Zoned is { } zoned && IsAboutZones(task.Cdb) ? RunZoned(zoned, task, command) : RunCommand(task, command);

    private ValueTask<IoStatus> RunCommand(ScsiTask task, CommandDescriptor? command)
    {
        if (command is null || _device.Blocks is null || (command.IsSupported is { } isSupported && !isSupported(this)))
        {
            return RefuseUnknown(task);
        }

        if ((task.Cdb[command.ControlOffset] & NormalAca) != 0)
        {
            // INQUIRY says that auto contingent allegiance is not supported (SAM-5 5.2, NACA bit).
            return InvalidFieldInCdb(task);
        }

        if (command.Has(CommandFlags.Writes) && (_device.IsReadOnly || _isSoftwareWriteProtected) && !task.IsPrivileged)
        {
            return Refuse(
                task, SenseKey.DataProtect, _device.IsReadOnly ? AdditionalSenseCode.WriteProtected : AdditionalSenseCode.LogicalUnitSoftwareWriteProtected);
        }

        if (_gate is not null && command.Has(CommandFlags.SendsCommands) && task.Turn.State == TicketState.Holding)
        {
            // A raw device was asked first and has declined. What the command sends needs the device's turn itself.
            _gate.Exit(task.Turn);
            Trampoline.Run();
        }

        return command.Execute(this, task);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ValueTask<IoStatus> Refuse(ScsiTask task, SenseKey senseKey, AdditionalSenseCode code)
    {
        task.SetCheckCondition(senseKey, code);
        return new(IoOutcome.SenseProvided);
    }

    // The operation code exists and the service action does not: that is a field (SPC-5 4.2.5.2).
    private ValueTask<IoStatus> RefuseUnknown(ScsiTask task)
    {
        bool isUnknownAction = _device.Blocks is not null && CommandTable.HasServiceActions(task.Cdb[0])
            && CommandTable.ServiceActionOf(task.Cdb) is >= 0 and var action && CommandTable.Find(task.Cdb[0], action) is null;
        return isUnknownAction
            ? InvalidFieldInCdb(task, ServiceActionOffset)
            : Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidCommandOperationCode);
    }

    // The command that met it is told by its sense data, the other initiators by a unit attention, before they lose data of their own.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WarnOfFullStore(ScsiTask task)
    {
        if (_fullLimiter.TryPass())
        {
            Log.StoreFull(_logger, Name);
            RaiseUnitAttention(AdditionalSenseCode.ThinProvisioningSoftThresholdReached, task.Nexus);
        }
    }

    private static ValueTask<IoStatus> InvalidFieldInCdb(ScsiTask task, ushort offset)
    {
        task.SetCheckCondition(SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCdb);
        task.SetFieldPointer(offset);
        return new(IoOutcome.SenseProvided);
    }

    private static ValueTask<IoStatus> InvalidFieldInCdb(ScsiTask task) =>
        Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCdb);

    private static ValueTask<IoStatus> Good() => new(IoStatus.Good);

    private static ValueTask<IoStatus> Reply(ScsiTask task, ReadOnlySpan<byte> data, uint allocationLength)
    {
        task.Reply(data, allocationLength);
        return Good();
    }
}

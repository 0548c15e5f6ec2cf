// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>SCSI commands: from the header to the place in the session's order. Allocates nothing once the pools have grown.</content>
internal sealed unsafe partial class Connection
{
    private void BeginCommand(in BasicHeaderSegment header, ReadOnlySpan<byte> additional)
    {
        Session session = Session!;
        if (!AdditionalHeaders.TryParse(additional, out AdditionalHeaders segments))
        {
            Break("The additional header segments of a command do not fit together.");
            return;
        }

        if (_isDraining)
        {
            // It is sent again after the next login.
            return;
        }

        // Outside the window: silently dropped, data and all (RFC 7143 4.2.2.1).
        if (!header.IsImmediate && !session.IsInWindow(header.CommandSequenceNumber))
        {
            Log.OutsideWindow(_logger, Peer, header.CommandSequenceNumber, session.ExpectedCommandNumber, session.MaximumCommandNumber);
            return;
        }

        if (session.IsDiscovery || !session.HasFreeSlot)
        {
            SendReject(session.IsDiscovery ? RejectReason.ProtocolError : RejectReason.TooManyImmediateCommands);
            return;
        }

        IscsiTask task = Hub.RentTask();
        task.Begin(this, _header, segments);
        session.AddTask(task);
        _taskCount++;
        _arriving = task;
        if (task.IsWrite)
        {
            BeginWrite(task, header.IsFinal);
        }
        else if (_dataLength != 0)
        {
            Break("A command that writes nothing brings data.");
        }
    }

    private void BeginWrite(IscsiTask task, bool isFinal)
    {
        uint length = task.ExpectedLength;
        bool isLegal = _dataLength == 0
            || (Parameters.ImmediateData && (uint)_dataLength <= length && _dataLength <= Parameters.FirstBurstLength);
        if (!isLegal)
        {
            Break($"A command brings {_dataLength} bytes, and fewer or none are agreed on or expected.");
            return;
        }

        task.AwaitsUnsolicited = !isFinal;
        task.SequenceEnd = (uint)Math.Min(length, (uint)Parameters.FirstBurstLength);
        task.Solicited = task.SequenceEnd;
        if (!isFinal && Parameters.InitialR2T)
        {
            Break("A command announces unsolicited data, and they are not agreed on.");
            return;
        }

        if (length == 0)
        {
            return;
        }

        task.DataOutBuffer = length <= (uint)_front.Options.MaximumTransferBytes ? Session!.RentBuffer((int)length) : null;
        if (task.DataOutBuffer is null)
        {
            task.HasNoBuffer = true;
            return;
        }

        _data = _dataLength == 0 ? null : task.DataOutBuffer.Address;
    }

    private void EndCommand(bool isIntact)
    {
        IscsiTask? task = _arriving;
        _arriving = null;
        if (task is null)
        {
            return;
        }

        task.Received = (uint)_dataLength;
        if (!isIntact)
        {
            // The header counts, its data do not: the command fails (RFC 7143 7.8).
            SendReject(RejectReason.DataDigestError);
            task.Refusal = AdditionalSenseCode.ProtocolServiceCrcError;
        }

        Session!.Submit(task);
    }

    /// <summary>A command's turn has come: it gets its unit, and waits for data or is executed.</summary>
    internal void StartTask(IscsiTask task)
    {
        if (task.IsAborted || IsClosed)
        {
            FreeTask(task);
            return;
        }

        if (task.HasNoBuffer)
        {
            RefuseWithoutBuffer(task);
            return;
        }

        if (task.IsWrite && task.Received < task.ExpectedLength && task.Refusal == AdditionalSenseCode.None)
        {
            task.Phase = TaskPhase.WaitingForData;
            if (!task.AwaitsUnsolicited)
            {
                task.Solicited = task.Received;
                task.SequenceEnd = task.Received;
                SolicitData(task);
            }

            return;
        }

        ExecuteTask(task);
    }

    private void ExecuteTask(IscsiTask task)
    {
        Session session = Session!;
        int readLength = (int)Math.Min(task.ExpectedReadLength, (uint)_front.Options.MaximumTransferBytes);
        if (readLength != 0)
        {
            task.DataInBuffer = session.RentBuffer(readLength);
            if (task.DataInBuffer is null)
            {
                RefuseWithoutBuffer(task);
                return;
            }
        }

        task.Load(session.Nexus, readLength);
        session.Execute(task);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void RefuseWithoutBuffer(IscsiTask task)
    {
        task.HasNoBuffer = true;
        if (task.DataOutBuffer is { } buffer)
        {
            task.DataOutBuffer = null;
            Session!.ReturnBuffer(buffer);
        }

        bool isTooLong = task.IsWrite && task.ExpectedLength > (uint)_front.Options.MaximumTransferBytes;
        task.LoadEmpty(Session!.Nexus);
        if (isTooLong)
        {
            task.SetCheckCondition((byte)SenseKey.IllegalRequest, (int)AdditionalSenseCode.InvalidFieldInCommandInformationUnit);
        }
        else
        {
            task.SetStatus(ScsiStatus.TaskSetFull);
        }

        CompleteTask(task);
    }

    /// <summary>The command is over: answers it, unless it was aborted. Its memory is free again once the answer is sent.</summary>
    internal void CompleteTask(IscsiTask task)
    {
        if (task.IsAborted || IsClosed)
        {
            FreeTask(task);
            return;
        }

        Session!.RemoveTask(task);
        task.Phase = TaskPhase.Responding;
        task.Settle();
        Respond(task);
    }

    private void Respond(IscsiTask task)
    {
        bool isGood = task.Status == ScsiStatus.Good;
        uint sent = isGood ? (uint)Math.Min(task.DataInLength, task.ExpectedReadLength) : 0;
        long residual = Residual(task, sent);
        Session!.Count(task, sent);
        uint dataCount = 0;
        if (sent > 0)
        {
            // The last Data-In can be the response as well, unless there is a residual of Data-Out to be told too.
            bool isCollapsed = !task.IsWrite;
            dataCount = SendDataIn(task, sent, isCollapsed, residual);
            if (isCollapsed)
            {
                return;
            }
        }

        OutgoingPdu pdu = Hub.RentPdu();
        PduWriter.ScsiResponse(pdu.Header, task.InitiatorTaskTag, task.Status, residual, dataCount + task.ReadyToTransferCount);
        if (task.Status != ScsiStatus.CheckCondition)
        {
            SendStatus(pdu, default, task);
            return;
        }

        // SenseLength, then the sense data (RFC 7143 11.4.7.2).
        Span<byte> sense = stackalloc byte[sizeof(ushort) + ScsiTask.SenseLength];
        sense[0] = 0;
        sense[1] = ScsiTask.SenseLength;
        task.Sense.CopyTo(sense[sizeof(ushort)..]);
        SendStatus(pdu, sense, task);
    }

    // What the CDB transfers against what the initiator expected (RFC 7143 11.4.5). An error transfers nothing to the initiator.
    private static long Residual(IscsiTask task, uint sent) => (task.IsRead, task.IsWrite, task.Status) switch
    {
        (true, false, ScsiStatus.Good) => Math.Max(task.TransferLength, sent) - task.ExpectedLength,
        (true, false, _) => -(long)task.ExpectedLength,
        (false, true, _) when task.TransferLength >= 0 => task.TransferLength - task.ExpectedLength,
        _ => 0,
    };

    private uint SendDataIn(IscsiTask task, uint length, bool isCollapsed, long residual)
    {
        uint segment = (uint)Parameters.InitiatorReceiveDataSegmentLength;
        uint burst = (uint)Parameters.MaximumBurstLength;
        uint number = 0;
        uint burstEnd = Math.Min(burst, length);
        for (uint offset = 0; offset < length; number++)
        {
            uint count = Math.Min(segment, burstEnd - offset);
            bool isLast = offset + count == length;
            OutgoingPdu pdu = Hub.RentPdu();
            PduWriter.DataIn(pdu.Header, task.InitiatorTaskTag, number, offset, offset + count == burstEnd);
            bool hasStatus = isLast && isCollapsed;
            if (hasStatus)
            {
                PduWriter.SetStatus(pdu.Header, task.Status, residual);
            }

            // StatSN means nothing where there is no status (RFC 7143 11.7.3).
            SetSequenceNumbers(pdu, hasStatus ? _statusNumber++ : 0);
            pdu.Finish(task.DataInBuffer!.Address + offset, (int)count, HasHeaderDigest, HasDataDigest);
            pdu.Owns(hasStatus ? task : null, null);
            offset += count;
            if (offset == burstEnd)
            {
                burstEnd = Math.Min(burstEnd + burst, length);
            }

            Enqueue(pdu);
        }

        return number;
    }

    /// <summary>The task will not take data any more: what still arrives for it is thrown away.</summary>
    internal void Detach(IscsiTask task)
    {
        if (_arriving == task)
        {
            _arriving = null;
            _data = null;
        }
    }

    /// <summary>Nothing needs the task any more.</summary>
    internal void FreeTask(IscsiTask task)
    {
        if (task.Phase != TaskPhase.Responding)
        {
            Session!.RemoveTask(task);
            task.Settle();
        }

        task.Phase = TaskPhase.Free;
        if (task.DataOutBuffer is { } dataOut)
        {
            task.DataOutBuffer = null;
            Session!.ReturnBuffer(dataOut);
        }

        if (task.DataInBuffer is { } dataIn)
        {
            task.DataInBuffer = null;
            Session!.ReturnBuffer(dataIn);
        }

        Hub.ReturnTask(task);
        _taskCount--;
        CloseWhenDrained();
    }
}

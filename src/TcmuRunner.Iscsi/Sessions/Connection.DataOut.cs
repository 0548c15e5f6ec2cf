// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>Data of writes, unsolicited and asked for with R2T. They come in order (DataPDUInOrder and DataSequenceInOrder are Yes).</content>
internal sealed unsafe partial class Connection
{
    private void BeginDataOut(in BasicHeaderSegment header)
    {
        Session session = Session!;
        IscsiTask? task = header.TargetTransferTag == BasicHeaderSegment.NoTag
            ? session.FindTask(header.InitiatorTaskTag)
            : session.FindTransfer(header.TargetTransferTag, header.InitiatorTaskTag);
        if (task is null || task.Connection != this || !task.IsWrite || task.Phase > TaskPhase.WaitingForData)
        {
            // Data of a command that was aborted or refused meanwhile are still on their way.
            Log.StrayData(_logger, Peer, header.InitiatorTaskTag);
            return;
        }

        if (task.HasNoBuffer)
        {
            return;
        }

        var data = new DataOutHeader(_header);
        bool isSolicited = header.TargetTransferTag != BasicHeaderSegment.NoTag;
        bool isInOrder = data.BufferOffset == task.Received
            && data.DataSequenceNumber == task.NextDataSequenceNumber
            && isSolicited != task.AwaitsUnsolicited
            && (uint)_dataLength <= task.SequenceEnd - task.Received;
        if (!isInOrder)
        {
            FailTransfer(task);
            return;
        }

        _arriving = task;
        _data = _dataLength == 0 ? null : task.DataOutBuffer!.Address + task.Received;
    }

    private void EndDataOut(in BasicHeaderSegment header, bool isIntact)
    {
        IscsiTask? task = _arriving;
        _arriving = null;
        if (task is null)
        {
            return;
        }

        if (!isIntact)
        {
            SendReject(RejectReason.DataDigestError);
            FailTransfer(task);
            return;
        }

        task.Received += (uint)_dataLength;
        task.NextDataSequenceNumber++;
        bool isSequenceOver = header.IsFinal;
        if (!isSequenceOver && task.Received == task.SequenceEnd)
        {
            // The end of a sequence has the F bit (RFC 7143 11.7.1).
            FailTransfer(task);
            return;
        }

        if (!isSequenceOver)
        {
            return;
        }

        bool isShort = !task.AwaitsUnsolicited && task.Received != task.SequenceEnd;
        if (isShort)
        {
            FailTransfer(task);
            return;
        }

        task.NextDataSequenceNumber = 0;
        if (task.AwaitsUnsolicited)
        {
            task.AwaitsUnsolicited = false;
            task.SequenceEnd = task.Received;
            task.Solicited = task.Received;
        }

        if (task.Phase != TaskPhase.WaitingForData)
        {
            // Its turn has not come: StartTask goes on with what is there.
            return;
        }

        if (task.Received == task.ExpectedLength)
        {
            ExecuteTask(task);
            return;
        }

        SolicitData(task);
    }

    /// <summary>Asks for as many bursts as may be on their way at a time.</summary>
    private void SolicitData(IscsiTask task)
    {
        uint burst = (uint)Parameters.MaximumBurstLength;
        if (task.SequenceEnd == task.Received)
        {
            // The sequence that arrives next: the oldest one that was asked for.
            task.SequenceEnd = Math.Min(task.Received + burst, task.ExpectedLength);
        }

        while (task.Solicited < task.ExpectedLength
            && (task.Solicited - task.Received + burst - 1) / burst < (uint)Parameters.MaximumOutstandingR2T)
        {
            uint length = Math.Min(burst, task.ExpectedLength - task.Solicited);
            OutgoingPdu pdu = Hub.RentPdu();
            PduWriter.ReadyToTransfer(
                pdu.Header, task.LunField, task.InitiatorTaskTag, task.TargetTransferTag, task.ReadyToTransferCount++, task.Solicited, length);
            task.Solicited += length;
            SendWithoutStatus(pdu);
        }
    }

    /// <summary>Data are missing, damaged or where they do not belong: at error recovery level 0 the command fails (RFC 7143 7.8, 7.9).</summary>
    private void FailTransfer(IscsiTask task)
    {
        Log.TransferFailed(_logger, Peer, task.InitiatorTaskTag);
        if (task.Phase != TaskPhase.WaitingForData)
        {
            task.Refusal = AdditionalSenseCode.ProtocolServiceCrcError;
            return;
        }

        task.LoadEmpty(Session!.Nexus);
        task.SetCheckCondition((byte)SenseKey.AbortedCommand, (int)AdditionalSenseCode.ProtocolServiceCrcError);
        CompleteTask(task);
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>What each PDU of the initiator leads to: where its data go, and what happens when it is complete.</content>
internal sealed unsafe partial class Connection
{
    /// <summary>The command or data that arrive; none for other PDUs.</summary>
    private IscsiTask? _arriving;

    /// <summary>Where the data of a NOP-Out, Text or Login Request go.</summary>
    private PooledBuffer? _requestData;

    // A header has arrived: says in _data where the data go.
    private void BeginPdu(in BasicHeaderSegment header, ReadOnlySpan<byte> additional)
    {
        if (_phase == ConnectionPhase.Login)
        {
            if (header.Opcode != Opcode.LoginRequest)
            {
                Break($"The first request is {header.Opcode}, not a login.");
                return;
            }

            BeginRequestData();
            return;
        }

        switch (header.Opcode)
        {
            case Opcode.ScsiCommand:
                BeginCommand(header, additional);
                break;
            case Opcode.DataOut:
                BeginDataOut(header);
                break;
            case Opcode.NopOut or Opcode.TextRequest:
                BeginRequestData();
                break;
            default:
                // Their data, if any, say nothing.
                break;
        }
    }

    private void BeginRequestData()
    {
        if (_dataLength == 0)
        {
            return;
        }

        _requestData = Hub.Buffers.RentForControl(_dataLength);
        if (_requestData is null)
        {
            Break("There is no memory for the data of a request.");
            return;
        }

        _data = _requestData.Address;
    }

    // All of a PDU has arrived.
    private void EndPdu(bool isIntact)
    {
        var header = new BasicHeaderSegment(_header);
        if (!isIntact && header.Opcode is not (Opcode.ScsiCommand or Opcode.DataOut))
        {
            // Without error recovery the request is lost; only a new connection brings it back (RFC 7143 7.8).
            SendReject(RejectReason.DataDigestError);
            Break("The digest of a request's data is wrong.");
            return;
        }

        if (_phase == ConnectionPhase.Login)
        {
            EndLoginRequest();
            ReturnRequestData();
            return;
        }

        switch (header.Opcode)
        {
            case Opcode.ScsiCommand:
                EndCommand(isIntact);
                break;
            case Opcode.DataOut:
                EndDataOut(header, isIntact);
                break;
            case Opcode.NopOut:
                EndNopOut(header);
                break;
            case Opcode.TextRequest:
                EndTextRequest(header);
                ReturnRequestData();
                break;
            case Opcode.TaskManagementRequest:
                EndTaskManagement(header);
                break;
            case Opcode.LogoutRequest:
                EndLogout(header);
                break;
            case Opcode.SnackRequest:
                // Only error recovery level 1 and above has it.
                SendReject(RejectReason.SnackReject);
                break;
            case Opcode.LoginRequest:
                SendReject(RejectReason.ProtocolError);
                Break("A login request came in the full feature phase.");
                break;
            default:
                SendReject(RejectReason.CommandNotSupported);
                break;
        }
    }

    private void DropReceived()
    {
        ReturnRequestData();
        IscsiTask? task = _arriving;
        _arriving = null;
        if (task is { Phase: TaskPhase.Arriving })
        {
            FreeTask(task);
        }
    }

    private void ReturnRequestData()
    {
        if (_requestData is { } buffer)
        {
            _requestData = null;
            Hub.Buffers.Return(buffer);
        }
    }

    private void SendReject(RejectReason reason)
    {
        Log.Rejected(_logger, Peer, Remote, new BasicHeaderSegment(_header).Opcode, reason);
        OutgoingPdu pdu = Hub.RentPdu();
        PduWriter.Reject(pdu.Header, reason);
        SendStatus(pdu, _header);
    }

    // Requests that are not SCSI commands take part in the order of CmdSN too. They are cheap to have sent again, so one that comes too early
    // or too late is dropped (RFC 7143 4.2.2.1).
    private bool TakeTurn(in BasicHeaderSegment header) => header.IsImmediate || Session!.TryTakeTurn(header.CommandSequenceNumber);

    private void EndNopOut(in BasicHeaderSegment header)
    {
        PooledBuffer? data = _requestData;
        _requestData = null;
        bool isAnswered = header.InitiatorTaskTag != BasicHeaderSegment.NoTag && TakeTurn(header) && !IsClosed;
        if (!isAnswered)
        {
            if (data is not null)
            {
                Hub.Buffers.Return(data);
            }

            return;
        }

        OutgoingPdu pdu = Hub.RentPdu();
        PduWriter.NopIn(pdu.Header, header.LogicalUnitNumber, header.InitiatorTaskTag, BasicHeaderSegment.NoTag);
        SetSequenceNumbers(pdu, _statusNumber++);
        int length = data is null ? 0 : Math.Min(_dataLength, Parameters.InitiatorReceiveDataSegmentLength);
        pdu.Finish(data is null ? null : data.Address, length, HasHeaderDigest, HasDataDigest);
        pdu.Owns(null, data);
        Enqueue(pdu);
    }

    private void EndTaskManagement(in BasicHeaderSegment header)
    {
        if (!TakeTurn(header))
        {
            return;
        }

        if (Session!.IsDiscovery)
        {
            SendReject(RejectReason.ProtocolError);
            return;
        }

        var request = new TaskManagementHeader(_header);
        TaskManagementOperation.Start(this, request.Function, header, request);
    }

    /// <summary>Answers a task management function.</summary>
    internal void SendTaskManagementResponse(uint initiatorTaskTag, TaskManagementResponse response)
    {
        if (_phase != ConnectionPhase.FullFeature)
        {
            return;
        }

        OutgoingPdu pdu = Hub.RentPdu();
        PduWriter.TaskManagementResponse(pdu.Header, initiatorTaskTag, response);
        SendStatus(pdu, default);
    }

    private void EndLogout(in BasicHeaderSegment header)
    {
        const byte closeSession = 0, closeConnection = 1, removeForRecovery = 2;
        const byte success = 0, connectionNotFound = 1, recoveryNotSupported = 2;
        if (!TakeTurn(header))
        {
            return;
        }

        byte reason = (byte)(header.Flags & 0x7F);
        ushort connectionId = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(20));
        Connection? other = reason == closeConnection ? Session!.FindConnection(connectionId) : this;
        byte response = reason switch
        {
            closeSession => success,
            closeConnection when other is not null => success,
            closeConnection => connectionNotFound,
            removeForRecovery => recoveryNotSupported,
            _ => connectionNotFound,
        };
        if (response == success && (reason == closeSession || (other == this && Session!.Connections.Count == 1)))
        {
            // Before the answer: whoever logs in after it finds what the session had reserved free.
            Session!.SetLuns(LunMap.Empty, isNew: true);
        }

        OutgoingPdu pdu = Hub.RentPdu();
        PduWriter.LogoutResponse(pdu.Header, header.InitiatorTaskTag, response, 0, 0);
        SendStatus(pdu, default);
        if (response != success)
        {
            return;
        }

        if (reason == closeSession)
        {
            Log.LoggedOut(_logger, Peer, Remote);
            Session!.CloseOthers(this);
            CloseAfterSending();
        }
        else if (other == this)
        {
            CloseAfterSending();
        }
        else
        {
            other!.Close();
        }
    }

    /// <summary>Tells the initiator something that it did not ask for.</summary>
    internal void SendAsynchronousMessage(AsynchronousEvent what, ushort parameter1, ushort parameter2, ushort parameter3)
    {
        if (_phase != ConnectionPhase.FullFeature)
        {
            return;
        }

        OutgoingPdu pdu = Hub.RentPdu();
        PduWriter.AsynchronousMessage(pdu.Header, stackalloc byte[8], what, parameter1, parameter2, parameter3);
        SendStatus(pdu, default);
    }
}

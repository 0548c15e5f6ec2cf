// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Login;
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>The login phase: requests are put together, answered by <see cref="LoginExchange"/>, and end in a session.</content>
internal sealed unsafe partial class Connection
{
    /// <summary>More text than any login or text negotiation has.</summary>
    private const int MaximumTextLength = 64 << 10;

    private LoginExchange? _login;
    private List<byte>? _loginText;
    private uint _loginCommandNumber;

    private void EndLoginRequest()
    {
        var request = new LoginRequestHeader(_header);
        _loginCommandNumber = request.CommandSequenceNumber;
        _loginText ??= [];
        _loginText.AddRange(new ReadOnlySpan<byte>(_data, _data is null ? 0 : _dataLength));
        if (_loginText.Count > MaximumTextLength)
        {
            RefuseLogin(LoginStatus.InitiatorError, "The login's text is too long.");
            return;
        }

        if (request.IsContinued)
        {
            if (request.IsTransit)
            {
                RefuseLogin(LoginStatus.InitiatorError, "A login request is both continued and the last of its stage.");
                return;
            }

            SendLoginResponse((byte)((byte)request.CurrentStage << 2), 0, LoginStatus.Success, default);
            return;
        }

        bool isText = TextParameters.TryParse(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_loginText), out TextParameters? text, out string? wrong);
        _loginText = null;
        if (!isText)
        {
            RefuseLogin(LoginStatus.InitiatorError, wrong!);
            return;
        }

        LoginReply reply = _login!.Answer(request, text!);
        if (reply.Status != LoginStatus.Success)
        {
            RefuseLogin(reply.Status, reply.Reason!);
        }
        else if (reply.IsDone)
        {
            EstablishSession(request, reply);
        }
        else
        {
            SendLoginResponse(reply.Flags, 0, LoginStatus.Success, reply.Text.ToBytes());
        }
    }

    private void EstablishSession(in LoginRequestHeader request, LoginReply reply)
    {
        ConnectionId = request.ConnectionId;
        _phase = ConnectionPhase.LoginWaits;
        _front.Establish(this, _login!, request.InitiatorSessionId, request.TargetSessionIdentifyingHandle, request.CommandSequenceNumber, reply);
    }

    /// <summary>Moves to the hub of its session, which every connection of a session shares. On the old hub's loop; goes on in the new one's.</summary>
    internal void MoveTo(Hub hub, Action then)
    {
        Hub.Remove(this);
        Hub.AddLoad(-1);
        hub.AddLoad(1);
        Hub = hub;
        _isReady = false;
        _isDirty = false;
        _ = hub.Loop.InvokeAsync(() =>
        {
            if (IsClosed)
            {
                return;
            }

            hub.Add(this);
            then();
        });
    }

    /// <summary>The session has a place for the connection: the full feature phase begins.</summary>
    internal void EnterFullFeature(Session session, LoginReply reply)
    {
        if (_phase != ConnectionPhase.LoginWaits)
        {
            session.RemoveConnection(this);
            return;
        }

        Session = session;
        SendLoginResponse(reply.Flags, session.Handle, LoginStatus.Success, reply.Text.ToBytes());
        if (IsClosed)
        {
            return;
        }

        Parameters = _login!.Parameters;
        _login = null;
        _phase = ConnectionPhase.FullFeature;
        Hub.Reschedule(this);
        MarkReady();
    }

    /// <summary>Ends the login with a status and then the connection.</summary>
    internal void RefuseLogin(LoginStatus status, string reason)
    {
        Log.LoginRefused(_logger, Peer, Remote, status, reason);
        SendLoginResponse(0, 0, status, default);
        CloseAfterSending();
    }

    private void SendLoginResponse(byte flags, ushort handle, LoginStatus status, ReadOnlySpan<byte> text)
    {
        OutgoingPdu pdu = Hub.RentPdu();
        PduWriter.LoginResponse(pdu.Header, _header, flags, handle, status);
        SetSequenceNumbers(pdu, _statusNumber++);
        SendLong(pdu, text);
    }

    // Text that may not fit into the PDU's own memory.
    private void SendLong(OutgoingPdu pdu, ReadOnlySpan<byte> text)
    {
        if (text.Length <= OutgoingPdu.MaximumShortData)
        {
            SendShort(pdu, text, null);
            return;
        }

        PooledBuffer? buffer = Hub.Buffers.RentForControl(text.Length);
        if (buffer is null)
        {
            Hub.ReturnPdu(pdu);
            Break("There is no memory for a response.");
            return;
        }

        text.CopyTo(new Span<byte>(buffer.Address, buffer.Length));
        pdu.Finish(buffer.Address, text.Length, HasHeaderDigest, HasDataDigest);
        pdu.Owns(null, buffer);
        Enqueue(pdu);
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>From PDUs to bytes: a turn's PDUs are collected and go out with one call, data straight from where the handler put them.</content>
internal sealed unsafe partial class Connection
{
    /// <summary>So much is sent before the turn ends, while it is still in the processor's cache.</summary>
    private const int EarlyFlushBytes = 256 << 10;

    /// <summary>With so much unsent nothing more is received.</summary>
    private const long BacklogBytes = 4 << 20;

    private OutgoingPdu? _first;
    private OutgoingPdu? _last;
    private int _sentOfFirst;
    private long _queuedBytes;
    private long _unsentSinceFlush;
    private bool _isSendBlocked;
    private uint _statusNumber;

    private bool HasSendBacklog => _isSendBlocked && _queuedBytes > BacklogBytes;

    private bool HasHeaderDigest => Parameters.HeaderDigest && _phase != ConnectionPhase.Login && _phase != ConnectionPhase.LoginWaits;

    private bool HasDataDigest => Parameters.DataDigest && _phase != ConnectionPhase.Login && _phase != ConnectionPhase.LoginWaits;

    /// <summary>Queues a PDU with short data, or none, whose header is written. It takes the next status number.</summary>
    private void SendStatus(OutgoingPdu pdu, ReadOnlySpan<byte> data, IscsiTask? task = null)
    {
        SetSequenceNumbers(pdu, _statusNumber++);
        SendShort(pdu, data, task);
    }

    /// <summary>Queues a PDU that carries the next status number and does not use it up.</summary>
    private void SendWithoutStatus(OutgoingPdu pdu)
    {
        SetSequenceNumbers(pdu, _statusNumber);
        SendShort(pdu, default, null);
    }

    private void SendShort(OutgoingPdu pdu, ReadOnlySpan<byte> data, IscsiTask? task)
    {
        pdu.Finish(data, HasHeaderDigest, HasDataDigest);
        pdu.Owns(task, null);
        Enqueue(pdu);
    }

    private void SetSequenceNumbers(OutgoingPdu pdu, uint statusNumber) => PduWriter.SetSequenceNumbers(
        pdu.Header,
        statusNumber,
        Session?.ExpectedCommandNumber ?? _loginCommandNumber,
        Session?.MaximumCommandNumber ?? _loginCommandNumber);

    private void Enqueue(OutgoingPdu pdu)
    {
        if (IsClosed)
        {
            Release(pdu);
            return;
        }

        if (_last is null)
        {
            _first = pdu;
        }
        else
        {
            _last.Next = pdu;
        }

        _last = pdu;
        _queuedBytes += pdu.TotalLength;
        _unsentSinceFlush += pdu.TotalLength;
        MarkDirty();
        if (_unsentSinceFlush >= EarlyFlushBytes)
        {
            Flush();
        }
    }

    private void Flush()
    {
        _unsentSinceFlush = 0;
        while (_first is not null && !_isSendBlocked)
        {
            SendOnce();
        }

        if (_first is null && _phase == ConnectionPhase.Ending)
        {
            // The other side reads what is on the way and then closes; closing first could take it away from it.
            _ = Libc.Shutdown(_socket.Number, Libc.SHUT_WR);
        }
    }

    private void SendOnce()
    {
        int count = 0;
        long total = 0;
        int sent = _sentOfFirst;
        IoVector* vectors = Hub.Vectors;
        for (OutgoingPdu? pdu = _first; pdu is not null && count <= Hub.MaximumVectors - 3; pdu = pdu.Next)
        {
            count += pdu.Describe(vectors + count, sent);
            total += pdu.TotalLength - sent;
            sent = 0;
        }

        MessageHeader message = default;
        message.Vectors = vectors;
        message.VectorCount = (nuint)count;
        long written = Libc.Sendmsg(_socket.Number, &message, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
        if (written < 0)
        {
            int errno = Libc.LastError;
            switch (errno)
            {
                case Errno.EAGAIN:
                    _isSendBlocked = true;
                    break;
                case Errno.EINTR:
                    break;
                default:
                    Log.ConnectionLost(_logger, Peer, Remote, errno);
                    Close();
                    break;
            }

            return;
        }

        // Less than all: the socket is full, and there will be an event when it is not.
        _isSendBlocked = written < total;
        _queuedBytes -= written;
        while (written > 0)
        {
            OutgoingPdu pdu = _first!;
            int rest = pdu.TotalLength - _sentOfFirst;
            if (written < rest)
            {
                _sentOfFirst += (int)written;
                return;
            }

            written -= rest;
            _sentOfFirst = 0;
            _first = pdu.Next;
            if (_first is null)
            {
                _last = null;
            }

            Release(pdu);
        }
    }

    private void Release(OutgoingPdu pdu)
    {
        if (pdu.Task is { } task)
        {
            FreeTask(task);
        }

        if (pdu.Buffer is { } buffer)
        {
            Hub.Buffers.Return(buffer);
        }

        pdu.Owns(null, null);
        Hub.ReturnPdu(pdu);
    }

    private void DropQueue()
    {
        while (_first is { } pdu)
        {
            _first = pdu.Next;
            Release(pdu);
        }

        _last = null;
        _sentOfFirst = 0;
        _queuedBytes = 0;
    }
}

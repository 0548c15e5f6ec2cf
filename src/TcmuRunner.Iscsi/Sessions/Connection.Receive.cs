// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>
/// From bytes to PDUs. A call receives into the hub's staging memory, and the rest of a data segment straight into its final place. Between
/// two calls a connection keeps at most the beginning of a header.
/// </content>
internal sealed unsafe partial class Connection
{
    /// <summary>After a data segment as long as this the next ones are expected to be long too: only their headers shall be staged.</summary>
    private const int LongSegment = 16 << 10;

    private const int ShortStaging = 1024;

    /// <summary>Calls in one turn, so that one connection does not keep the others waiting.</summary>
    private const int CallsPerTurn = 4;

    private readonly byte[] _header;
    private byte[] _carry = [];
    private int _carryLength;
    private ReceiveStep _step;
    private int _stagingLimit = Hub.StagingLength;

    // The data segment that arrives: where it goes (nowhere: it is thrown away), and how much is missing.
    private byte* _data;
    private int _dataLength;
    private int _dataRest;
    private int _trailerLength;
    private bool _isReceivePaused;

    /// <summary>Receives what there is.</summary>
    internal void Receive()
    {
        _isReady = false;
        _lastReceive = Environment.TickCount64;
        for (int call = 0; call < CallsPerTurn; call++)
        {
            if (IsClosed || _phase == ConnectionPhase.LoginWaits)
            {
                return;
            }

            if (HasSendBacklog)
            {
                // Whoever does not read its answers gets no new ones: the window of TCP tells it.
                _isReceivePaused = true;
                return;
            }

            if (!ReceiveOnce())
            {
                return;
            }
        }

        if (!IsClosed)
        {
            MarkReady();
        }
    }

    /// <summary>One call.</summary>
    /// <returns>Whether there may be more.</returns>
    private bool ReceiveOnce()
    {
        byte* staging = Hub.Staging + Hub.CarryLength - _carryLength;
        _carry.AsSpan(0, _carryLength).CopyTo(new Span<byte>(staging, _carryLength));
        IoVector* vectors = stackalloc IoVector[2];
        int count = 0;
        int direct = _data is null ? 0 : _dataRest;
        if (direct > 0)
        {
            vectors[count++] = new IoVector((nint)(_data + _dataLength - _dataRest), (nuint)direct);
        }

        vectors[count++] = new IoVector((nint)(Hub.Staging + Hub.CarryLength), (nuint)_stagingLimit);
        int room = direct + _stagingLimit;
        MessageHeader message = default;
        message.Vectors = vectors;
        message.VectorCount = (nuint)count;
        int received = (int)Libc.Recvmsg(_socket.Number, &message, Libc.MSG_DONTWAIT);
        if (received <= 0)
        {
            return received == 0 ? EndOfStream() : ReceiveFailed(Libc.LastError);
        }

        int placed = Math.Min(received, direct);
        _dataRest -= placed;
        int length = _carryLength + received - placed;
        _carryLength = 0;
        if (_phase == ConnectionPhase.Ending)
        {
            return true;
        }

        int consumed = Process(new Span<byte>(staging, length));
        if (IsClosed)
        {
            return false;
        }

        if (_phase == ConnectionPhase.Ending)
        {
            return true;
        }

        if (length - consumed > Hub.CarryLength)
        {
            // Only behind a login request that is not answered yet can there be so much.
            Break("The initiator sends requests before its login is answered.");
            return false;
        }

        KeepRest(new ReadOnlySpan<byte>(staging + consumed, length - consumed));
        // A stream that gave less than there was room for is empty: the next byte is a new event (epoll(7), question 9).
        return received == room;
    }

    private bool EndOfStream()
    {
        if (Session is null)
        {
            // Port scanners and health checks do that all day.
            Log.VisitorLeft(_logger, Remote, 0);
        }
        else if (_phase != ConnectionPhase.Ending)
        {
            Log.ConnectionEnded(_logger, Peer, Remote);
        }

        Close();
        return false;
    }

    private bool ReceiveFailed(int errno)
    {
        switch (errno)
        {
            case Errno.EAGAIN:
                return false;
            case Errno.EINTR:
                return true;
            default:
                if (Session is null)
                {
                    Log.VisitorLeft(_logger, Remote, errno);
                }
                else
                {
                    Log.ConnectionLost(_logger, Peer, Remote, errno);
                }

                Close();
                return false;
        }
    }

    private void KeepRest(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty)
        {
            return;
        }

        if (_carry.Length < rest.Length)
        {
            _carry = new byte[Hub.CarryLength];
        }

        rest.CopyTo(_carry);
        _carryLength = rest.Length;
    }

    /// <summary>Takes whole headers, data and trailers out of staged bytes.</summary>
    /// <returns>How many bytes were used; the rest is the beginning of a header or trailer.</returns>
    private int Process(Span<byte> bytes)
    {
        int position = 0;
        while (_phase is ConnectionPhase.Login or ConnectionPhase.FullFeature)
        {
            Span<byte> rest = bytes[position..];
            switch (_step)
            {
                case ReceiveStep.Header:
                    int headerLength = TakeHeader(rest);
                    if (headerLength == 0)
                    {
                        return position;
                    }

                    position += headerLength;
                    break;
                case ReceiveStep.Data:
                    int taken = Math.Min(_dataRest, rest.Length);
                    if (_data is not null)
                    {
                        rest[..taken].CopyTo(new Span<byte>(_data + _dataLength - _dataRest, taken));
                    }

                    position += taken;
                    _dataRest -= taken;
                    if (_dataRest > 0)
                    {
                        return position;
                    }

                    _step = ReceiveStep.Trailer;
                    break;
                default:
                    if (rest.Length < _trailerLength)
                    {
                        return position;
                    }

                    position += _trailerLength;
                    bool isIntact = CheckDataDigest(rest[.._trailerLength]);
                    _step = ReceiveStep.Header;
                    EndPdu(isIntact);
                    break;
            }
        }

        // Closed, ending, or a login that has to wait: an initiator sends nothing behind the request that is being answered.
        return position;
    }

    /// <summary>Takes a header.</summary>
    /// <returns>Its length; 0 when it is not complete.</returns>
    private int TakeHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < BasicHeaderSegment.Length)
        {
            return 0;
        }

        var header = new BasicHeaderSegment(bytes);
        bool hasDigest = Parameters.HeaderDigest && _phase == ConnectionPhase.FullFeature;
        int segments = BasicHeaderSegment.Length + header.TotalAhsLengthBytes;
        int length = segments + (hasDigest ? Crc32C.Length : 0);
        if (bytes.Length < length)
        {
            return 0;
        }

        if (hasDigest && Crc32C.Compute(bytes[..segments]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[segments..]))
        {
            // Without a header nobody knows where the next one begins (RFC 7143 7.7).
            Break("The digest of a header is wrong.");
            return length;
        }

        _dataLength = header.DataSegmentLength;
        if (_dataLength > Parameters.TargetReceiveDataSegmentLength)
        {
            Break($"A data segment has {_dataLength} bytes; {Parameters.TargetReceiveDataSegmentLength} are agreed on.");
            return length;
        }

        bytes[..BasicHeaderSegment.Length].CopyTo(_header);
        _dataRest = _dataLength;
        bool hasDataDigest = Parameters.DataDigest && _phase == ConnectionPhase.FullFeature && _dataLength > 0;
        _trailerLength = (-_dataLength & 3) + (hasDataDigest ? Crc32C.Length : 0);
        _data = null;
        _step = ReceiveStep.Data;
        _stagingLimit = _dataLength >= LongSegment ? ShortStaging : Hub.StagingLength;
        BeginPdu(header, bytes[BasicHeaderSegment.Length..segments]);
        return length;
    }

    private bool CheckDataDigest(ReadOnlySpan<byte> trailer)
    {
        if (trailer.Length < Crc32C.Length || _data is null)
        {
            return true;
        }

        uint value = Crc32C.Append(Crc32C.Seed, new ReadOnlySpan<byte>(_data, _dataLength));
        value = ~Crc32C.Append(value, trailer[..^Crc32C.Length]);
        return value == BinaryPrimitives.ReadUInt32LittleEndian(trailer[^Crc32C.Length..]);
    }
}

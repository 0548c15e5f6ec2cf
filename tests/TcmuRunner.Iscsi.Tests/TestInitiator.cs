// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>An initiator that writes each PDU itself, byte by byte, so that a test can break any rule. Blocking, with a limit.</summary>
internal sealed class TestInitiator : IDisposable
{
    internal const string Name = "iqn.2026-11.test:initiator";
    private const int LimitMilliseconds = 20_000;

    private readonly Socket _socket;
    private uint _tag = 1;

    internal TestInitiator(IPEndPoint portal)
    {
        _socket = new Socket(portal.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = LimitMilliseconds };
        _socket.Connect(portal);
    }

    internal uint CommandNumber { get; set; } = 1;

    internal uint ExpectedStatusNumber { get; set; }

    internal bool HeaderDigest { get; set; }

    internal bool DataDigest { get; set; }

    internal ulong SessionId { get; set; } = 0x4000_0000_0001;

    internal ushort Handle { get; private set; }

    internal Socket Socket => _socket;

    /// <summary>How many bytes go with one call at most.</summary>
    internal int PieceLength { get; init; } = int.MaxValue;

    public void Dispose() => _socket.Dispose();

    /// <summary>A header with the fields that most requests have.</summary>
    internal byte[] Header(Opcode opcode, byte flags, uint field20 = 0, bool isImmediate = false, ulong lun = 0, uint? tag = null)
    {
        byte[] header = new byte[48];
        header[0] = (byte)((byte)opcode | (isImmediate ? 0x40 : 0));
        header[1] = flags;
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(8), lun);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(16), tag ?? _tag++);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(20), field20);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(24), CommandNumber);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(28), ExpectedStatusNumber);
        return header;
    }

    /// <summary>The tag that a header has.</summary>
    internal static uint TagOf(byte[] header) => BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(16));

    internal void Send(byte[] header, ReadOnlySpan<byte> data = default)
    {
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), ((uint)header[4] << 24) | (uint)data.Length);
        var bytes = new List<byte>(header);
        if (HeaderDigest)
        {
            bytes.AddRange(BitConverter.GetBytes(Crc32C.Compute(header)));
        }

        byte[] padded = [.. data, .. new byte[-data.Length & 3]];
        bytes.AddRange(padded);
        if (DataDigest && data.Length > 0)
        {
            bytes.AddRange(BitConverter.GetBytes(Crc32C.Compute(padded)));
        }

        SendRaw([.. bytes]);
    }

    internal void SendRaw(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int sent = _socket.Send(bytes[..Math.Min(bytes.Length, PieceLength)], SocketFlags.None, out SocketError error);
            bytes = error == SocketError.Success ? bytes[sent..] : throw new IOException($"The target has closed the connection: {error}.");
        }
    }

    internal TestPdu Receive()
    {
        byte[] header = ReceiveExactly(48);
        if (HeaderDigest)
        {
            Assert.Equal(Crc32C.Compute(header), BitConverter.ToUInt32(ReceiveExactly(4)));
        }

        int length = (int)(BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4)) & 0xFFFFFF);
        byte[] padded = ReceiveExactly((length + 3) & ~3);
        if (DataDigest && length > 0)
        {
            Assert.Equal(Crc32C.Compute(padded), BitConverter.ToUInt32(ReceiveExactly(4)));
        }

        var pdu = new TestPdu(header, padded[..length]);
        ExpectedStatusNumber = pdu.HasStatus ? pdu.UInt32(24) + 1 : ExpectedStatusNumber;
        return pdu;
    }

    /// <summary>Whether the target has closed the connection; takes what it still sends.</summary>
    internal bool IsClosedByTarget()
    {
        byte[] rest = new byte[4096];
        try
        {
            while (_socket.Receive(rest) > 0)
            {
            }

            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return true;
        }
    }

    /// <summary>Sends a login request.</summary>
    internal void SendLogin(byte stages, string text, ushort connectionId = 0)
    {
        byte[] header = Header(Opcode.LoginRequest, stages, isImmediate: true);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(8), (SessionId << 16) | Handle);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(20), (uint)connectionId << 16);
        Send(header, Encoding.UTF8.GetBytes(text.Replace('|', '\0')));
    }

    /// <summary>Logs in with one request, straight to the full feature phase.</summary>
    internal TestPdu Login(string keys = "", string target = TestFront.Target, ushort joins = 0, ushort connectionId = 0)
    {
        Handle = joins;
        string session = target.Length == 0 ? "SessionType=Discovery" : $"SessionType=Normal|TargetName={target}";
        SendLogin(0x87, $"InitiatorName={Name}|{session}|{keys}", connectionId);
        TestPdu response = Receive();
        Assert.Equal(Opcode.LoginResponse, response.Opcode);
        if (response.LoginStatus == LoginStatus.Success)
        {
            Handle = response.UInt16(14);
            HeaderDigest = response.Text.Contains("HeaderDigest=CRC32C", StringComparison.Ordinal);
            DataDigest = response.Text.Contains("DataDigest=CRC32C", StringComparison.Ordinal);
        }

        return response;
    }

    /// <summary>Sends a SCSI command.</summary>
    /// <returns>Its tag.</returns>
    internal uint SendCommand(string cdb, byte flags, uint expectedLength, ReadOnlySpan<byte> data = default, ulong lun = 0)
    {
        byte[] header = Header(Opcode.ScsiCommand, (byte)(0x80 | flags), expectedLength, lun: lun);
        Convert.FromHexString(cdb.Replace(" ", "", StringComparison.Ordinal)).CopyTo(header, 32);
        CommandNumber++;
        Send(header, data);
        return TagOf(header);
    }

    /// <summary>Reads with a command and puts its Data-In together.</summary>
    internal (byte Status, byte[] Data, TestPdu Last) Read(string cdb, uint expectedLength, ulong lun = 0)
    {
        uint tag = SendCommand(cdb, 0x40, expectedLength, lun: lun);
        var data = new List<byte>();
        while (true)
        {
            TestPdu pdu = Receive();
            Assert.Equal(tag, pdu.UInt32(16));
            if (pdu.Opcode == Opcode.ScsiResponse)
            {
                return (pdu.Bytes[3], [.. data], pdu);
            }

            Assert.Equal(Opcode.DataIn, pdu.Opcode);
            Assert.Equal((uint)data.Count, pdu.UInt32(40));
            data.AddRange(pdu.Data);
            if ((pdu.Bytes[1] & 1) != 0)
            {
                return (pdu.Bytes[3], [.. data], pdu);
            }
        }
    }

    /// <summary>Takes the unit attention that a new session begins with.</summary>
    internal void ClearUnitAttention(ulong lun = 0)
    {
        SendCommand("00 00 00 00 00 00", 0, 0, lun: lun);
        Assert.Equal(2, Receive().Bytes[3]);
    }

    private byte[] ReceiveExactly(int length)
    {
        byte[] bytes = new byte[length];
        for (int have = 0; have < length;)
        {
            int got = _socket.Receive(bytes.AsSpan(have), SocketFlags.None, out SocketError error);
            have += error == SocketError.Success && got > 0 ? got : throw new IOException($"The target has closed the connection: {error}.");
        }

        return bytes;
    }
}

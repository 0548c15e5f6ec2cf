// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Pdus;

/// <summary>Writes the headers of the target's PDUs (RFC 7143 11.4 to 11.19) into 48 bytes.</summary>
internal static class PduWriter
{
    private const byte Overflow = 0x04;
    private const byte Underflow = 0x02;
    private const byte StatusBit = 0x01;

    /// <summary>SCSI Response (11.4).</summary>
    /// <param name="header">Receives the header.</param>
    /// <param name="initiatorTaskTag">The command's tag.</param>
    /// <param name="status">The SCSI status.</param>
    /// <param name="residual">How much more (positive) or less (negative) than expected would have been transferred.</param>
    /// <param name="expectedDataSequenceNumber">How many Data-In and R2T PDUs went before.</param>
    internal static void ScsiResponse(
        Span<byte> header, uint initiatorTaskTag, ScsiStatus status, long residual, uint expectedDataSequenceNumber)
    {
        Begin(header, Opcode.ScsiResponse, (byte)(BasicHeaderSegment.Final | ResidualFlags(residual)), initiatorTaskTag);
        header[3] = (byte)status;
        BinaryPrimitives.WriteUInt32BigEndian(header[36..], expectedDataSequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(header[44..], ResidualCount(residual));
    }

    /// <summary>SCSI Data-In (11.7); with <see cref="SetStatus"/> it carries the status too.</summary>
    internal static void DataIn(Span<byte> header, uint initiatorTaskTag, uint dataSequenceNumber, uint bufferOffset, bool isFinal)
    {
        Begin(header, Opcode.DataIn, isFinal ? BasicHeaderSegment.Final : (byte)0, initiatorTaskTag);
        BinaryPrimitives.WriteUInt32BigEndian(header[20..], BasicHeaderSegment.NoTag);
        BinaryPrimitives.WriteUInt32BigEndian(header[36..], dataSequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(header[40..], bufferOffset);
    }

    /// <summary>Makes the last Data-In PDU of a command its response as well (the S bit).</summary>
    internal static void SetStatus(Span<byte> header, ScsiStatus status, long residual)
    {
        header[1] |= (byte)(StatusBit | ResidualFlags(residual));
        header[3] = (byte)status;
        BinaryPrimitives.WriteUInt32BigEndian(header[44..], ResidualCount(residual));
    }

    /// <summary>Ready To Transfer (11.8).</summary>
    internal static void ReadyToTransfer(
        Span<byte> header, ulong lun, uint initiatorTaskTag, uint targetTransferTag, uint sequenceNumber, uint offset, uint length)
    {
        Begin(header, Opcode.ReadyToTransfer, BasicHeaderSegment.Final, initiatorTaskTag);
        BinaryPrimitives.WriteUInt64BigEndian(header[8..], lun);
        BinaryPrimitives.WriteUInt32BigEndian(header[20..], targetTransferTag);
        BinaryPrimitives.WriteUInt32BigEndian(header[36..], sequenceNumber);
        BinaryPrimitives.WriteUInt32BigEndian(header[40..], offset);
        BinaryPrimitives.WriteUInt32BigEndian(header[44..], length);
    }

    /// <summary>Task Management Function Response (11.6).</summary>
    internal static void TaskManagementResponse(Span<byte> header, uint initiatorTaskTag, TaskManagementResponse response)
    {
        Begin(header, Opcode.TaskManagementResponse, BasicHeaderSegment.Final, initiatorTaskTag);
        header[2] = (byte)response;
    }

    /// <summary>Login Response (11.13). The session's identity is copied from the request.</summary>
    internal static void LoginResponse(Span<byte> header, ReadOnlySpan<byte> request, byte flags, ushort handle, LoginStatus status)
    {
        Begin(header, Opcode.LoginResponse, flags, BinaryPrimitives.ReadUInt32BigEndian(request[16..]));
        request.Slice(8, 6).CopyTo(header[8..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[14..], handle);
        BinaryPrimitives.WriteUInt16BigEndian(header[36..], (ushort)status);
    }

    /// <summary>Text Response (11.11).</summary>
    internal static void TextResponse(Span<byte> header, uint initiatorTaskTag, uint targetTransferTag, byte flags)
    {
        Begin(header, Opcode.TextResponse, flags, initiatorTaskTag);
        BinaryPrimitives.WriteUInt32BigEndian(header[20..], targetTransferTag);
    }

    /// <summary>Logout Response (11.15).</summary>
    internal static void LogoutResponse(Span<byte> header, uint initiatorTaskTag, byte response, ushort timeToWait, ushort timeToRetain)
    {
        Begin(header, Opcode.LogoutResponse, BasicHeaderSegment.Final, initiatorTaskTag);
        header[2] = response;
        BinaryPrimitives.WriteUInt16BigEndian(header[40..], timeToWait);
        BinaryPrimitives.WriteUInt16BigEndian(header[42..], timeToRetain);
    }

    /// <summary>NOP-In (11.19): the answer to a ping, or a ping of our own.</summary>
    internal static void NopIn(Span<byte> header, ReadOnlySpan<byte> lun, uint initiatorTaskTag, uint targetTransferTag)
    {
        Begin(header, Opcode.NopIn, BasicHeaderSegment.Final, initiatorTaskTag);
        lun.CopyTo(header[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(header[20..], targetTransferTag);
    }

    /// <summary>Reject (11.17); the data segment is the header of the rejected PDU.</summary>
    internal static void Reject(Span<byte> header, RejectReason reason)
    {
        Begin(header, Opcode.Reject, BasicHeaderSegment.Final, BasicHeaderSegment.NoTag);
        header[2] = (byte)reason;
    }

    /// <summary>Asynchronous Message (11.9).</summary>
    internal static void AsynchronousMessage(
        Span<byte> header, ReadOnlySpan<byte> lun, AsynchronousEvent what, ushort parameter1, ushort parameter2, ushort parameter3)
    {
        Begin(header, Opcode.AsynchronousMessage, BasicHeaderSegment.Final, BasicHeaderSegment.NoTag);
        lun.CopyTo(header[8..]);
        header[36] = (byte)what;
        BinaryPrimitives.WriteUInt16BigEndian(header[38..], parameter1);
        BinaryPrimitives.WriteUInt16BigEndian(header[40..], parameter2);
        BinaryPrimitives.WriteUInt16BigEndian(header[42..], parameter3);
    }

    /// <summary>Sets DataSegmentLength.</summary>
    internal static void SetDataSegmentLength(Span<byte> header, int lengthBytes) =>
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)lengthBytes);

    /// <summary>Sets StatSN, ExpCmdSN and MaxCmdSN, which stand at the same place in all PDUs of the target.</summary>
    internal static void SetSequenceNumbers(Span<byte> header, uint statusNumber, uint expectedCommand, uint maximumCommand)
    {
        BinaryPrimitives.WriteUInt32BigEndian(header[24..], statusNumber);
        BinaryPrimitives.WriteUInt32BigEndian(header[28..], expectedCommand);
        BinaryPrimitives.WriteUInt32BigEndian(header[32..], maximumCommand);
    }

    private static void Begin(Span<byte> header, Opcode opcode, byte flags, uint initiatorTaskTag)
    {
        header[..BasicHeaderSegment.Length].Clear();
        header[0] = (byte)opcode;
        header[1] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], initiatorTaskTag);
    }

    private static byte ResidualFlags(long residual) => residual switch
    {
        > 0 => Overflow,
        < 0 => Underflow,
        _ => 0,
    };

    private static uint ResidualCount(long residual) => (uint)Math.Min(Math.Abs(residual), uint.MaxValue);
}

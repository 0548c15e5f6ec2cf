// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Iscsi.Pdus;

/// <summary>The 48 bytes that every PDU begins with (RFC 7143 11.2.1), with the fields that all PDUs of the initiator share. Untrusted.</summary>
/// <remarks>
/// <code>
///  0          1       2 3    4         5           8     16    20          24      28         32
///  | I opcode | flags | -  | AHS len | data len  | LUN | ITT | tag, len  | CmdSN | ExpStatSN | specific |
/// </code>
/// </remarks>
/// <param name="bytes">At least <see cref="Length"/> bytes.</param>
internal readonly ref struct BasicHeaderSegment(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes of the segment.</summary>
    internal const int Length = 48;

    /// <summary>The tag that stands for none.</summary>
    internal const uint NoTag = 0xFFFF_FFFF;

    /// <summary>The F bit of byte 1.</summary>
    internal const byte Final = 0x80;

    private readonly ReadOnlySpan<byte> _bytes = bytes[..Length];

    internal Opcode Opcode => (Opcode)(_bytes[0] & 0x3F);

    /// <summary>The I bit: delivered at once, outside the order of CmdSN.</summary>
    internal bool IsImmediate => (_bytes[0] & 0x40) != 0;

    internal byte Flags => _bytes[1];

    internal bool IsFinal => (_bytes[1] & Final) != 0;

    internal int TotalAhsLengthBytes => _bytes[4] * sizeof(uint);

    internal int DataSegmentLength => (int)(BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]) & 0xFF_FFFF);

    internal ReadOnlySpan<byte> LogicalUnitNumber => _bytes.Slice(8, 8);

    internal uint InitiatorTaskTag => BinaryPrimitives.ReadUInt32BigEndian(_bytes[16..]);

    /// <summary>NOP-Out, Text Request and Data-Out.</summary>
    internal uint TargetTransferTag => BinaryPrimitives.ReadUInt32BigEndian(_bytes[20..]);

    internal uint CommandSequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(_bytes[24..]);

    internal uint ExpectedStatusSequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(_bytes[28..]);
}

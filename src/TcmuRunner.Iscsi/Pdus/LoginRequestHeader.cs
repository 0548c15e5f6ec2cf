// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Iscsi.Pdus;

/// <summary>Login Request (RFC 7143 11.12).</summary>
internal readonly ref struct LoginRequestHeader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes[..BasicHeaderSegment.Length];

    /// <summary>The T bit: the initiator is ready for the next stage.</summary>
    internal bool IsTransit => (_bytes[1] & 0x80) != 0;

    /// <summary>The C bit: the text goes on in the next request.</summary>
    internal bool IsContinued => (_bytes[1] & 0x40) != 0;

    internal LoginStage CurrentStage => (LoginStage)((_bytes[1] >> 2) & 3);

    internal LoginStage NextStage => (LoginStage)(_bytes[1] & 3);

    internal byte VersionMinimum => _bytes[3];

    /// <summary>The initiator's part of the session's identity, 48 bits.</summary>
    internal ulong InitiatorSessionId => BinaryPrimitives.ReadUInt64BigEndian(_bytes[8..]) >> 16;

    /// <summary>The target's part; 0 for a new session.</summary>
    internal ushort TargetSessionIdentifyingHandle => BinaryPrimitives.ReadUInt16BigEndian(_bytes[14..]);

    internal uint InitiatorTaskTag => BinaryPrimitives.ReadUInt32BigEndian(_bytes[16..]);

    internal ushort ConnectionId => BinaryPrimitives.ReadUInt16BigEndian(_bytes[20..]);

    internal uint CommandSequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(_bytes[24..]);
}

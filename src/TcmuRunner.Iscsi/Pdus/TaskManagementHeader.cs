// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Iscsi.Pdus;

/// <summary>Task Management Function Request (RFC 7143 11.5).</summary>
internal readonly ref struct TaskManagementHeader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes[..BasicHeaderSegment.Length];

    internal TaskManagementFunction Function => (TaskManagementFunction)(_bytes[1] & 0x7F);

    internal uint ReferencedTaskTag => BinaryPrimitives.ReadUInt32BigEndian(_bytes[20..]);

    internal uint ReferencedCommandSequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(_bytes[32..]);
}

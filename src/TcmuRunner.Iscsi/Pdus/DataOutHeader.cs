// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Iscsi.Pdus;

/// <summary>SCSI Data-Out (RFC 7143 11.7).</summary>
internal readonly ref struct DataOutHeader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes[..BasicHeaderSegment.Length];

    internal uint DataSequenceNumber => BinaryPrimitives.ReadUInt32BigEndian(_bytes[36..]);

    internal uint BufferOffset => BinaryPrimitives.ReadUInt32BigEndian(_bytes[40..]);
}

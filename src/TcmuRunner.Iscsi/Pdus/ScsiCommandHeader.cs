// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Iscsi.Pdus;

/// <summary>SCSI Command (RFC 7143 11.3).</summary>
internal readonly ref struct ScsiCommandHeader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes of the CDB in the header; a longer one goes on in an additional header segment.</summary>
    internal const int CdbLength = 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes[..BasicHeaderSegment.Length];

    internal bool IsRead => (_bytes[1] & 0x40) != 0;

    internal bool IsWrite => (_bytes[1] & 0x20) != 0;

    /// <summary>Bytes of Data-Out where W is set, else of Data-In.</summary>
    internal uint ExpectedDataTransferLength => BinaryPrimitives.ReadUInt32BigEndian(_bytes[20..]);

    internal ReadOnlySpan<byte> Cdb => _bytes.Slice(32, CdbLength);
}

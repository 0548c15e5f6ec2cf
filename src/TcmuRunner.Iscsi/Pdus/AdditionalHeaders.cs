// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Pdus;

/// <summary>What the additional header segments of a SCSI Command say (RFC 7143 11.2.2). Untrusted.</summary>
internal readonly ref struct AdditionalHeaders
{
    private const byte ExtendedCdb = 1;
    private const byte BidirectionalReadLength = 2;

    /// <summary>What the CDB has beyond its first 16 bytes; empty for most.</summary>
    internal ReadOnlySpan<byte> CdbContinuation { get; private init; }

    /// <summary>Expected bytes of Data-In of a bidirectional command.</summary>
    internal uint ExpectedReadLength { get; private init; }

    /// <summary>Reads the segments.</summary>
    /// <param name="bytes">All of them, padding included.</param>
    /// <param name="headers">What they say.</param>
    /// <returns>False when they do not fit together.</returns>
    internal static bool TryParse(ReadOnlySpan<byte> bytes, out AdditionalHeaders headers)
    {
        headers = default;
        while (bytes.Length >= sizeof(uint))
        {
            // AHSLength counts what follows the type, without the padding to four bytes.
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            int padded = (3 + length + 3) & ~3;
            if (length == 0 || padded > bytes.Length)
            {
                return false;
            }

            switch (bytes[2])
            {
                case ExtendedCdb when length - 1 <= ScsiTask.MaximumCdbLength - ScsiCommandHeader.CdbLength:
                    headers = new AdditionalHeaders { CdbContinuation = bytes.Slice(4, length - 1), ExpectedReadLength = headers.ExpectedReadLength };
                    break;
                case BidirectionalReadLength when length == 5:
                    headers = new AdditionalHeaders
                    {
                        CdbContinuation = headers.CdbContinuation,
                        ExpectedReadLength = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
                    };
                    break;
                default:
                    return false;
            }

            bytes = bytes[padded..];
        }

        return bytes.IsEmpty;
    }
}

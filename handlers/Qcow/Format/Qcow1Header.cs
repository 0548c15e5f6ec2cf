// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>The header of a qcow image, version 1: 48 bytes, big-endian.</summary>
/// <param name="SizeBytes">Size of the disk in bytes.</param>
/// <param name="ClusterBits">log2 of the cluster size, 9 to 16.</param>
/// <param name="L2Bits">log2 of the entries per L2 table, 6 to 13.</param>
/// <param name="Encryption">None or AES.</param>
/// <param name="L1Offset">Where the L1 table is.</param>
/// <param name="BackingFile">The backing file's name, if there is one.</param>
internal sealed record Qcow1Header(long SizeBytes, int ClusterBits, int L2Bits, EncryptionMethod Encryption, long L1Offset, string? BackingFile)
{
    /// <summary>Bytes of the fixed part.</summary>
    public const int Bytes = 48;

    /// <summary>Bit 63 of an L2 entry: the cluster is compressed.</summary>
    public const ulong Compressed = 1UL << 63;

    private const int MaximumBackingNameBytes = 1023;
    private const long MaximumL1Bytes = 32 << 20;

    public int ClusterBytes => 1 << ClusterBits;
    public int L2Entries => 1 << L2Bits;

    /// <summary>How many L1 entries the disk needs.</summary>
    public long L1Entries => (long)(((ulong)SizeBytes + (1UL << (ClusterBits + L2Bits)) - 1) >> (ClusterBits + L2Bits));

    /// <summary>Parses and checks a header.</summary>
    /// <param name="start">The first bytes of the file, 64 KiB or all of it. Untrusted.</param>
    /// <param name="lengthBytes">The file's length.</param>
    /// <param name="header">The header.</param>
    /// <param name="reason">What is wrong, as the end of a sentence.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> start, long lengthBytes, [NotNullWhen(true)] out Qcow1Header? header, [NotNullWhen(false)] out string? reason)
    {
        header = null;
        reason = "the file ends inside the header";
        if (start.Length < Bytes)
        {
            return false;
        }

        ulong backingOffset = BinaryPrimitives.ReadUInt64BigEndian(start[8..]);
        uint backingLength = BinaryPrimitives.ReadUInt32BigEndian(start[16..]);
        string? backing = null;
        if (backingOffset != 0)
        {
            if (backingLength > MaximumBackingNameBytes || backingOffset > (ulong)start.Length || backingLength > (ulong)start.Length - backingOffset)
            {
                reason = $"the name of its backing file ({backingLength} bytes at {backingOffset}) is out of place";
                return false;
            }

            backing = Encoding.UTF8.GetString(start.Slice((int)backingOffset, (int)backingLength));
        }

        var parsed = new Qcow1Header(
            (long)BinaryPrimitives.ReadUInt64BigEndian(start[24..]),
            start[32],
            start[33],
            (EncryptionMethod)BinaryPrimitives.ReadUInt32BigEndian(start[36..]),
            (long)BinaryPrimitives.ReadUInt64BigEndian(start[40..]),
            backing);
        reason = parsed.Check(lengthBytes);
        header = reason is null ? parsed : null;
        return reason is null;
    }

    private string? Check(long lengthBytes) =>
        ClusterBits is < 9 or > 16 ? $"its cluster size is 2^{ClusterBits} bytes; 512 bytes to 64 KiB are possible"
        : L2Bits is < 6 or > 13 ? $"its L2 tables have 2^{L2Bits} entries; 64 to 8192 are possible"
        : SizeBytes is <= 0 or > long.MaxValue / 2 ? $"its disk has {SizeBytes} bytes"
        : Encryption is not (EncryptionMethod.None or EncryptionMethod.Aes) ? $"its encryption method {(int)Encryption} is not known here"
        : L1Entries * 8 > MaximumL1Bytes ? $"its L1 table has {L1Entries} entries, which is too many"
        : L1Offset < Bytes || L1Offset > lengthBytes - (L1Entries * 8) ? $"its L1 table at {L1Offset} lies outside the file"
        : BackingFile is not null && BackingFile.Any(char.IsControl) ? "the name of its backing file has control characters"
        : null;
}

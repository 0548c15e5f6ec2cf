// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Scsi;

/// <summary>The blocks of COMPARE AND WRITE, whose CDB has its own shape (SBC-4 COMPARE AND WRITE).</summary>
internal static class CompareAndWriteRange
{
    public const byte OperationCode = 0x89;

    /// <summary>Reads LOGICAL BLOCK ADDRESS and NUMBER OF LOGICAL BLOCKS.</summary>
    /// <param name="cdb">A complete CDB of 16 bytes.</param>
    public static BlockRange FromCdb(ReadOnlySpan<byte> cdb) => new(BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]), cdb[13]);
}

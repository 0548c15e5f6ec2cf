// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Scsi;

/// <summary>A range of logical blocks as a CDB names it: untrusted.</summary>
/// <param name="LogicalBlockAddress">First block.</param>
/// <param name="Count">How many blocks.</param>
internal readonly record struct BlockRange(ulong LogicalBlockAddress, uint Count)
{
    /// <summary>Reads LOGICAL BLOCK ADDRESS and TRANSFER LENGTH where the CDBs of the group have them (SPC-5 4.2.2).</summary>
    /// <param name="cdb">A complete CDB of 6, 10, 12, 16 or 32 bytes; the top three bits of the operation code say which.</param>
    public static BlockRange FromCdb(ReadOnlySpan<byte> cdb) => (cdb[0] >> 5) switch
    {
        // In READ(6) and WRITE(6) a length of zero means 256 blocks (SBC-4 READ (6)).
        0 => new(
            BinaryPrimitives.ReadUInt32BigEndian(cdb) & 0x1FFFFF,
            cdb[4] == 0 ? 256u : cdb[4]),
        3 => new(BinaryPrimitives.ReadUInt64BigEndian(cdb[12..]), BinaryPrimitives.ReadUInt32BigEndian(cdb[28..])),
        1 or 2 => new(BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]), BinaryPrimitives.ReadUInt16BigEndian(cdb[7..])),
        5 => new(BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]), BinaryPrimitives.ReadUInt32BigEndian(cdb[6..])),
        _ => new(BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]), BinaryPrimitives.ReadUInt32BigEndian(cdb[10..])),
    };

    /// <summary>The byte with protection, DPO, FUA and their like: byte 1, or byte 10 of a variable-length CDB.</summary>
    public static byte FlagsOf(ReadOnlySpan<byte> cdb) => cdb[0] == CommandTable.VariableLength ? cdb[10] : cdb[1];

    /// <summary>Whether the range lies inside a disk. An empty one may start right behind the last block (SBC-4 4.5).</summary>
    /// <param name="blockCount">The disk's capacity.</param>
    public bool IsInside(long blockCount) =>
        LogicalBlockAddress <= (ulong)blockCount && Count <= (ulong)blockCount - LogicalBlockAddress;
}

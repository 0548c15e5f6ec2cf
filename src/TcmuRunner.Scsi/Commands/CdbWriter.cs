// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Scsi;

/// <summary>CDBs of commands that the engine sends to itself.</summary>
internal static class CdbWriter
{
    public const byte Read16 = 0x88;
    public const byte Write16 = 0x8A;
    public const byte WriteSame16 = 0x93;

    /// <summary>SYNCHRONIZE CACHE(10) of everything.</summary>
    public static ReadOnlyMemory<byte> SynchronizeCache { get; } = new byte[] { 0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

    /// <summary>A CDB of 16 bytes with a range of blocks (SPC-5 4.2.2).</summary>
    public static byte[] Blocks16(byte operationCode, byte flags, ulong logicalBlockAddress, uint count)
    {
        byte[] cdb = new byte[16];
        cdb[0] = operationCode;
        cdb[1] = flags;
        BinaryPrimitives.WriteUInt64BigEndian(cdb.AsSpan(2), logicalBlockAddress);
        BinaryPrimitives.WriteUInt32BigEndian(cdb.AsSpan(10), count);
        return cdb;
    }
}

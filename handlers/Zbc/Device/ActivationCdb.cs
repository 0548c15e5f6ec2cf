// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>The fields of ZONE ACTIVATE and ZONE QUERY, of 16 or 32 bytes (ZBC-2 5).</summary>
/// <param name="All">ALL.</param>
/// <param name="HasZoneCount">ZSRC (NOZSRC): the number of zones is in the CDB, and not in the mode page.</param>
/// <param name="Domain">ZONE DOMAIN ID.</param>
/// <param name="ZoneId">ZONE ID.</param>
/// <param name="ZoneCount">NUMBER OF ZONES.</param>
/// <param name="AllocationLength">ALLOCATION LENGTH.</param>
internal readonly record struct ActivationCdb(bool All, bool HasZoneCount, int Domain, ulong ZoneId, uint ZoneCount, uint AllocationLength)
{
    private const int AllBit = 0x80;
    private const int SourceBit = 0x40;
    private const int ShortDomainMask = 0x3F;

    public static ActivationCdb Read16(ReadOnlySpan<byte> cdb) => new(
        (cdb[2] & AllBit) != 0,
        (cdb[2] & SourceBit) != 0,
        cdb[2] & ShortDomainMask,
        ((ulong)BinaryPrimitives.ReadUInt16BigEndian(cdb[3..]) << 32) | BinaryPrimitives.ReadUInt32BigEndian(cdb[5..]),
        BinaryPrimitives.ReadUInt16BigEndian(cdb[13..]),
        BinaryPrimitives.ReadUInt32BigEndian(cdb[9..]));

    public static ActivationCdb Read32(ReadOnlySpan<byte> cdb) => new(
        (cdb[10] & AllBit) != 0,
        (cdb[10] & SourceBit) != 0,
        cdb[11],
        BinaryPrimitives.ReadUInt64BigEndian(cdb[12..]),
        BinaryPrimitives.ReadUInt32BigEndian(cdb[20..]),
        BinaryPrimitives.ReadUInt32BigEndian(cdb[28..]));
}

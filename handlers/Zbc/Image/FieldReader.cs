// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>Reads little-endian fields one behind the other.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; set; }

    public byte Byte() => _bytes[Position++];

    public int Int32()
    {
        Position += sizeof(int);
        return BinaryPrimitives.ReadInt32LittleEndian(_bytes[(Position - sizeof(int))..]);
    }

    public long Int64()
    {
        Position += sizeof(long);
        return BinaryPrimitives.ReadInt64LittleEndian(_bytes[(Position - sizeof(long))..]);
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;

namespace TcmuRunner.Scsi;

/// <summary>Writes a parameter list from front to back, big-endian, into a zeroed buffer that is large enough for it.</summary>
internal ref struct ReplyWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>How many bytes have been written.</summary>
    public int Length { get; private set; }

    /// <summary>What has been written.</summary>
    public readonly Span<byte> Written => _buffer[..Length];

    public void Byte(int value) => _buffer[Length++] = (byte)value;

    public void UInt16(int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_buffer[Length..], (ushort)value);
        Length += sizeof(ushort);
    }

    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer[Length..], value);
        Length += sizeof(uint);
    }

    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_buffer[Length..], value);
        Length += sizeof(ulong);
    }

    public void Bytes(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(_buffer[Length..]);
        Length += value.Length;
    }

    /// <summary>ASCII text as long as it is; other characters become question marks.</summary>
    public void Text(string value) => Length += Encoding.ASCII.GetBytes(value, _buffer[Length..]);

    /// <summary>Leaves reserved bytes zero.</summary>
    public void Reserved(int count) => Length += count;

    /// <summary>Writes how many bytes follow a one-byte length field.</summary>
    public readonly void SetLength8(int at) => _buffer[at] = (byte)(Length - at - 1);

    /// <summary>Writes how many bytes follow a two-byte length field.</summary>
    public readonly void SetLength16(int at) => BinaryPrimitives.WriteUInt16BigEndian(_buffer[at..], (ushort)(Length - at - sizeof(ushort)));

    /// <summary>Writes how many bytes follow a four-byte length field.</summary>
    public readonly void SetLength32(int at) => BinaryPrimitives.WriteUInt32BigEndian(_buffer[at..], (uint)(Length - at - sizeof(uint)));
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace TcmuRunner.Tcmu.Netlink;

/// <summary>Writes one generic netlink message into a buffer. The layouts are at <see cref="NetlinkMessage"/> and
/// <see cref="NetlinkAttributeReader"/>.</summary>
internal ref struct NetlinkMessageWriter
{
    private readonly Span<byte> _buffer;
    private int _length;

    /// <summary>Begins a message.</summary>
    /// <param name="buffer">Where to; it must have room for the whole message.</param>
    /// <param name="type">Message type: the family's id.</param>
    /// <param name="flags">Flags.</param>
    /// <param name="sequenceNumber">Comes back in the acknowledgement.</param>
    /// <param name="command">The family's command.</param>
    /// <param name="version">The family's version.</param>
    internal NetlinkMessageWriter(
        Span<byte> buffer, ushort type, NetlinkMessageFlags flags, uint sequenceNumber, byte command, byte version)
    {
        _buffer = buffer;
        _length = NetlinkMessage.GenericHeaderLength;
        buffer[.._length].Clear();
        MemoryMarshal.Write(buffer[4..], type);
        MemoryMarshal.Write(buffer[6..], (ushort)flags);
        MemoryMarshal.Write(buffer[8..], sequenceNumber);
        buffer[16] = command;
        buffer[17] = version;
    }

    /// <summary>Appends an integer attribute.</summary>
    internal void Add<T>(ushort type, T value)
        where T : unmanaged =>
        MemoryMarshal.Write(AddPayload(type, Unsafe.SizeOf<T>()), value);

    /// <summary>Appends a string attribute with its closing NUL.</summary>
    internal void Add(ushort type, string text)
    {
        Span<byte> payload = AddPayload(type, Encoding.UTF8.GetByteCount(text) + 1);
        Encoding.UTF8.GetBytes(text, payload);
    }

    /// <summary>Begins a nested list.</summary>
    /// <returns>What to give to <see cref="EndNested"/>.</returns>
    internal int BeginNested(ushort type)
    {
        int start = _length;
        AddPayload(type, 0);
        return start;
    }

    /// <summary>Ends a nested list.</summary>
    internal readonly void EndNested(int start) => MemoryMarshal.Write(_buffer[start..], (ushort)(_length - start));

    /// <summary>Ends the message.</summary>
    /// <returns>Its bytes.</returns>
    internal readonly Span<byte> Finish()
    {
        MemoryMarshal.Write(_buffer, (uint)_length);
        return _buffer[.._length];
    }

    private Span<byte> AddPayload(ushort type, int payloadLength)
    {
        int length = NetlinkAttributeReader.HeaderLength + payloadLength;
        Span<byte> attribute = _buffer.Slice(_length, NetlinkMessage.Align(length));
        attribute.Clear();
        MemoryMarshal.Write(attribute, (ushort)length);
        MemoryMarshal.Write(attribute[2..], type);
        _length += attribute.Length;
        return attribute.Slice(NetlinkAttributeReader.HeaderLength, payloadLength);
    }
}

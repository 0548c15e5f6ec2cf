// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>A PDU on its way to the socket. Pooled; the loop's thread only.</summary>
/// <remarks>
/// Data that are a command's own stay where the handler put them and become a piece of their own; short data stand behind the header.
/// <code>
///  own memory:  | header 48 | header digest 0 or 4 | short data, padding, digest ... |
///  elsewhere:   | data of a command |     own memory, at the end:  | padding 0 to 3, digest 0 or 4 |
/// </code>
/// </remarks>
internal sealed unsafe class OutgoingPdu : IDisposable
{
    /// <summary>The most data that the PDU's own memory takes.</summary>
    internal const int MaximumShortData = 184;

    private const int TrailerOffset = 248;
    private const int MemoryLength = TrailerOffset + 8;

    private byte* _memory = (byte*)NativeMemory.AlignedAlloc(MemoryLength, 64);
    private int _headLength;
    private byte* _data;
    private int _dataLength;
    private int _trailerLength;

    /// <summary>The next one in the queue or pool.</summary>
    internal OutgoingPdu? Next { get; set; }

    /// <summary>The command that is over once this PDU is sent.</summary>
    internal IscsiTask? Task { get; private set; }

    /// <summary>A buffer that is given back once this PDU is sent.</summary>
    internal PooledBuffer? Buffer { get; private set; }

    /// <summary>The header, to be written.</summary>
    internal Span<byte> Header => new(_memory, BasicHeaderSegment.Length);

    /// <summary>All bytes on the wire.</summary>
    internal int TotalLength => _headLength + _dataLength + _trailerLength;

    /// <summary>Ends a PDU without data, or with short data that are copied. The header must be complete but for its data length.</summary>
    internal void Finish(ReadOnlySpan<byte> data, bool headerDigest, bool dataDigest)
    {
        PduWriter.SetDataSegmentLength(Header, data.Length);
        _headLength = EndHeader(headerDigest);
        _data = null;
        _dataLength = 0;
        _trailerLength = 0;
        Task = null;
        Buffer = null;
        if (data.IsEmpty)
        {
            return;
        }

        byte* start = _memory + _headLength;
        data.CopyTo(new Span<byte>(start, MaximumShortData));
        _headLength += data.Length + Pad(start, data.Length, start + data.Length, dataDigest);
    }

    /// <summary>Ends a PDU whose data stay where they are.</summary>
    internal void Finish(byte* data, int lengthBytes, bool headerDigest, bool dataDigest)
    {
        PduWriter.SetDataSegmentLength(Header, lengthBytes);
        _headLength = EndHeader(headerDigest);
        _data = data;
        _dataLength = lengthBytes;
        _trailerLength = Pad(data, lengthBytes, _memory + TrailerOffset, dataDigest);
        Task = null;
        Buffer = null;
    }

    /// <summary>Says what to do once the PDU is sent.</summary>
    internal void Owns(IscsiTask? task, PooledBuffer? buffer)
    {
        Task = task;
        Buffer = buffer;
    }

    /// <summary>Describes what is not sent yet.</summary>
    /// <param name="vectors">Room for three.</param>
    /// <param name="sent">Bytes that are sent.</param>
    /// <returns>How many were written.</returns>
    internal int Describe(IoVector* vectors, int sent)
    {
        int count = 0;
        Add(vectors, ref count, _memory, _headLength, ref sent);
        Add(vectors, ref count, _data, _dataLength, ref sent);
        Add(vectors, ref count, _memory + TrailerOffset, _trailerLength, ref sent);
        return count;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    private static void Add(IoVector* vectors, ref int count, byte* start, int length, ref int sent)
    {
        int skip = Math.Min(sent, length);
        sent -= skip;
        if (length > skip)
        {
            vectors[count++] = new IoVector((nint)(start + skip), (nuint)(length - skip));
        }
    }

    private int EndHeader(bool digest)
    {
        if (!digest)
        {
            return BasicHeaderSegment.Length;
        }

        WriteDigest(_memory + BasicHeaderSegment.Length, Crc32C.Compute(Header));
        return BasicHeaderSegment.Length + Crc32C.Length;
    }

    // The digest covers the padding (RFC 7143 11.2.1.4).
    private static int Pad(byte* data, int length, byte* trailer, bool digest)
    {
        int padding = -length & 3;
        new Span<byte>(trailer, padding).Clear();
        if (digest && length != 0)
        {
            uint value = Crc32C.Append(Crc32C.Seed, new ReadOnlySpan<byte>(data, length));
            WriteDigest(trailer + padding, ~Crc32C.Append(value, new ReadOnlySpan<byte>(trailer, padding)));
            padding += Crc32C.Length;
        }

        return padding;
    }

    // The digest's bytes go out lowest first (RFC 7143 13.1, figure of the CRC's bit order).
    private static void WriteDigest(byte* destination, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(destination, sizeof(uint)), value);
}

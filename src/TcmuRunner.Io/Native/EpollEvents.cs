// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary>
/// A table of <c>struct epoll_event</c>, which is packed to 12 bytes on x86-64 only and 16 bytes elsewhere; that is why it is no C# struct.
/// </summary>
internal static class EpollEvents
{
    internal const int MaximumSize = 16;

    internal static readonly int Size = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private static readonly int s_dataOffset = Size - sizeof(ulong);

    internal static void Write(Span<byte> entry, uint events, ulong data)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(entry, events);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[s_dataOffset..], data);
    }

    internal static (uint Events, ulong Data) Read(ReadOnlySpan<byte> table, int index)
    {
        ReadOnlySpan<byte> entry = table.Slice(index * Size, Size);
        return (BinaryPrimitives.ReadUInt32LittleEndian(entry), BinaryPrimitives.ReadUInt64LittleEndian(entry[s_dataOffset..]));
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Tcmu.Netlink;

/// <summary>A view of one netlink message. Everything is in the byte order of the machine; lengths were checked by the reader.</summary>
/// <remarks>
/// <code>
///  0        4      6       8        12        16   17       18         20
///  | length | type | flags | number | port id | command, version, 0 | attributes ...    (generic netlink)
///                                             | errno                | request header    (error)
/// </code>
/// Keep in sync with <see cref="NetlinkMessageWriter"/>.
/// </remarks>
internal readonly ref struct NetlinkMessage(ReadOnlySpan<byte> bytes)
{
    /// <summary>Bytes of <c>struct nlmsghdr</c>.</summary>
    internal const int HeaderLength = 16;

    /// <summary>Bytes of <c>struct nlmsghdr</c> and <c>struct genlmsghdr</c>.</summary>
    internal const int GenericHeaderLength = 20;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    internal NetlinkMessageType Type => (NetlinkMessageType)MemoryMarshal.Read<ushort>(_bytes[4..]);

    internal uint SequenceNumber => MemoryMarshal.Read<uint>(_bytes[8..]);

    /// <summary>Whether a generic netlink header follows; only then the members below it may be used.</summary>
    internal bool IsGeneric => (ushort)Type >= (ushort)NetlinkMessageType.Controller && _bytes.Length >= GenericHeaderLength;

    internal byte Command => _bytes[16];

    internal byte Version => _bytes[17];

    internal NetlinkAttributeReader Attributes => new(_bytes[GenericHeaderLength..]);

    /// <summary>The status of an acknowledgement: 0 or a negative errno. False when this is none, or too short for one.</summary>
    internal bool TryGetError(out int status)
    {
        status = 0;
        if (Type != NetlinkMessageType.Error || _bytes.Length < HeaderLength + sizeof(int))
        {
            return false;
        }

        status = MemoryMarshal.Read<int>(_bytes[HeaderLength..]);
        return true;
    }

    /// <summary>Takes the first message off a datagram; false at its end, or when what is left is no whole message.</summary>
    internal static bool TryRead(ref ReadOnlySpan<byte> datagram, out NetlinkMessage message)
    {
        message = default;
        if (datagram.Length < HeaderLength)
        {
            return false;
        }

        uint length = MemoryMarshal.Read<uint>(datagram);
        if (length < HeaderLength || length > (uint)datagram.Length)
        {
            return false;
        }

        message = new NetlinkMessage(datagram[..(int)length]);
        datagram = datagram[Math.Min(Align((int)length), datagram.Length)..];
        return true;
    }

    /// <summary>Rounds up to the next multiple of 4 (<c>NLMSG_ALIGN</c>, <c>NLA_ALIGN</c>).</summary>
    internal static int Align(int length) => (length + 3) & ~3;
}

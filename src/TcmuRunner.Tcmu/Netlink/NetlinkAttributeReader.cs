// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Text;

namespace TcmuRunner.Tcmu.Netlink;

/// <summary>Walks a list of netlink attributes. A truncated or impossible attribute ends the walk; nothing here throws.</summary>
/// <remarks>
/// <code>
///  0        2      4
///  | length | type | payload ... | padding to a multiple of 4
/// </code>
/// The length counts the header and not the padding. Keep in sync with <see cref="NetlinkMessageWriter"/>.
/// </remarks>
internal ref struct NetlinkAttributeReader(ReadOnlySpan<byte> attributes)
{
    /// <summary>Bytes of <c>struct nlattr</c>.</summary>
    internal const int HeaderLength = 4;

    // Bit 15 says "nested", bit 14 "network byte order": neither belongs to the type.
    private const ushort TypeMask = 0x3fff;

    private ReadOnlySpan<byte> _rest = attributes;

    /// <summary>The current attribute's type.</summary>
    internal ushort Type { get; private set; }

    /// <summary>The current attribute's payload.</summary>
    internal ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>The attributes inside the current one.</summary>
    internal readonly NetlinkAttributeReader Nested => new(Payload);

    /// <summary>Goes to the next attribute.</summary>
    internal bool MoveNext()
    {
        if (_rest.Length < HeaderLength)
        {
            return false;
        }

        ushort length = MemoryMarshal.Read<ushort>(_rest);
        if (length < HeaderLength || length > _rest.Length)
        {
            _rest = default;
            return false;
        }

        Type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask);
        Payload = _rest[HeaderLength..length];
        _rest = _rest[Math.Min(NetlinkMessage.Align(length), _rest.Length)..];
        return true;
    }

    /// <summary>The payload as an integer of the machine's byte order; a u64 may be aligned to 4 only.</summary>
    internal readonly bool TryGet<T>(out T value)
        where T : unmanaged
    {
        if (MemoryMarshal.TryRead(Payload, out value))
        {
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>The payload as text, up to the first NUL.</summary>
    internal readonly string GetString()
    {
        int end = Payload.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Payload : Payload[..end]);
    }
}

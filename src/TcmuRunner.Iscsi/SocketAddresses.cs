// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Iscsi;

/// <summary>Turns the kernel's socket addresses into .NET's and back; <see cref="SocketAddress"/> knows the layout.</summary>
internal static unsafe class SocketAddresses
{
    /// <summary>Room for any address, as <c>struct sockaddr_storage</c>.</summary>
    internal const int MaximumLength = 128;

    /// <summary>Reads an address of the families IPv4 and IPv6.</summary>
    /// <param name="bytes">What the kernel wrote.</param>
    internal static IPEndPoint Read(ReadOnlySpan<byte> bytes)
    {
        // The family is the first field, in native byte order, on Linux.
        bool isV6 = bytes.Length >= sizeof(ushort) && BitConverter.ToUInt16(bytes) == Libc.AF_INET6;
        var address = new SocketAddress(isV6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork);
        bytes[..Math.Min(bytes.Length, address.Size)].CopyTo(address.Buffer.Span);
        return (IPEndPoint)new IPEndPoint(IPAddress.Any, 0).Create(address);
    }

    /// <summary>The local address of a socket.</summary>
    internal static IPEndPoint LocalOf(FileDescriptor socket)
    {
        byte* bytes = stackalloc byte[MaximumLength];
        uint length = MaximumLength;
        return Libc.Getsockname(socket.Number, bytes, &length) == 0
            ? Read(new ReadOnlySpan<byte>(bytes, (int)Math.Min(length, MaximumLength)))
            : new IPEndPoint(IPAddress.None, 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Tcmu.Netlink;

/// <summary>A socket of the protocol NETLINK_GENERIC, with an eventfd that ends a wait.</summary>
internal sealed unsafe class NetlinkSocket : INetlinkSocket
{
    private const int NetlinkGeneric = 16;
    private const int SolNetlink = 270;
    private const int NetlinkAddMembership = 1;

    // An event is below 5 KiB even with the longest configuration string; the default of 208 KiB holds only some 200 of them, because each
    // is accounted with its bookkeeping. With 4 MiB the creation of a thousand devices at once does not overflow.
    private const int ReceiveBufferBytes = 4 << 20;

    private readonly FileDescriptor _socket;
    private readonly FileDescriptor _wake;

    private NetlinkSocket(FileDescriptor socket, FileDescriptor wake)
    {
        _socket = socket;
        _wake = wake;
    }

    /// <summary>Opens and binds a socket; the kernel chooses its port.</summary>
    /// <exception cref="TcmuException">The kernel refuses.</exception>
    internal static NetlinkSocket Open()
    {
        const int Kind = Libc.SOCK_RAW | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK;
        var socket = new FileDescriptor(Libc.Socket(Libc.AF_NETLINK, Kind, NetlinkGeneric));
        ThrowIfInvalid(socket, "socket");
        var wake = new FileDescriptor(Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK));
        var opened = new NetlinkSocket(socket, wake);
        try
        {
            ThrowIfInvalid(wake, "eventfd");
            var address = new SockAddrNl { Family = Libc.AF_NETLINK };
            ThrowIfFailed(Libc.Bind(socket.Number, &address, (uint)sizeof(SockAddrNl)), "bind");

            // The forced variant goes past net.core.rmem_max and needs CAP_NET_ADMIN; the other one takes what is allowed. Too little is no
            // error.
            int bytes = ReceiveBufferBytes;
            if (Libc.Setsockopt(socket.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUFFORCE, &bytes, sizeof(int)) < 0)
            {
                _ = Libc.Setsockopt(socket.Number, Libc.SOL_SOCKET, Libc.SO_RCVBUF, &bytes, sizeof(int));
            }

            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    public void Join(uint groupId) =>
        ThrowIfFailed(
            Libc.Setsockopt(_socket.Number, SolNetlink, NetlinkAddMembership, &groupId, sizeof(uint)), "setsockopt NETLINK_ADD_MEMBERSHIP");

    public void Send(ReadOnlySpan<byte> datagram)
    {
        var kernel = new SockAddrNl { Family = Libc.AF_NETLINK };
        fixed (byte* bytes = datagram)
        {
            while (Libc.Sendto(_socket.Number, bytes, (nuint)datagram.Length, 0, &kernel, (uint)sizeof(SockAddrNl)) < 0)
            {
                if (Libc.LastError != Errno.EINTR)
                {
                    throw Failure("sendto", Libc.LastError);
                }
            }
        }
    }

    public NetlinkReceipt Receive(Span<byte> buffer, TimeSpan limit, out int length)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            NetlinkReceipt? receipt = TryReceive(buffer, out length);
            if (receipt is not null)
            {
                return receipt.Value;
            }

            TimeSpan left = limit == Timeout.InfiniteTimeSpan ? limit : limit - Stopwatch.GetElapsedTime(started);
            if (limit != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero)
            {
                return NetlinkReceipt.TimedOut;
            }

            if (WaitForInput(left))
            {
                return NetlinkReceipt.Woken;
            }
        }
    }

    public void Wake()
    {
        // The only possible failure is a counter that is full, and then the receiver is being woken anyway.
        ulong one = 1;
        _ = Libc.Write(_wake.Number, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        _socket.Dispose();
        _wake.Dispose();
    }

    private NetlinkReceipt? TryReceive(Span<byte> buffer, out int length)
    {
        var sender = default(SockAddrNl);
        uint senderLength = (uint)sizeof(SockAddrNl);
        nint received;
        fixed (byte* bytes = buffer)
        {
            received = Libc.Recvfrom(
                _socket.Number, bytes, (nuint)buffer.Length, Libc.MSG_DONTWAIT | Libc.MSG_TRUNC, &sender, &senderLength);
        }

        length = 0;
        if (received < 0)
        {
            return Libc.LastError switch
            {
                Errno.EAGAIN or Errno.EINTR => null,
                Errno.ENOBUFS => NetlinkReceipt.Overrun,
                int errno => throw Failure("recvfrom", errno),
            };
        }

        // Any process may send to our port; only port 0, the kernel, is believed.
        if (sender.PortId != 0)
        {
            return null;
        }

        // With MSG_TRUNC the kernel tells the whole length, also of what did not fit.
        if (received > buffer.Length)
        {
            return NetlinkReceipt.Overrun;
        }

        length = (int)received;
        return NetlinkReceipt.Datagram;
    }

    /// <returns>Whether somebody called <see cref="Wake"/>.</returns>
    private bool WaitForInput(TimeSpan limit)
    {
        Libc.PollFd* descriptors = stackalloc Libc.PollFd[2];
        descriptors[0] = new Libc.PollFd { Descriptor = _socket.Number, Events = Libc.POLLIN };
        descriptors[1] = new Libc.PollFd { Descriptor = _wake.Number, Events = Libc.POLLIN };
        int milliseconds = limit == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Min(Math.Ceiling(limit.TotalMilliseconds), int.MaxValue);
        int ready = Libc.Poll(descriptors, 2, milliseconds);
        if (ready < 0 && Libc.LastError != Errno.EINTR)
        {
            throw Failure("poll", Libc.LastError);
        }

        if (ready <= 0 || descriptors[1].ReturnedEvents == 0)
        {
            return false;
        }

        ulong count;
        _ = Libc.Read(_wake.Number, &count, sizeof(ulong));
        return true;
    }

    private static void ThrowIfInvalid(FileDescriptor descriptor, string call)
    {
        if (descriptor.IsInvalid)
        {
            throw Failure(call, Libc.LastError);
        }
    }

    private static void ThrowIfFailed(int result, string call)
    {
        if (result < 0)
        {
            throw Failure(call, Libc.LastError);
        }
    }

    private static TcmuException Failure(string call, int errno) =>
        new(TcmuErrorKind.NetlinkFailed, $"The generic netlink socket failed in {call} ({ErrnoText.Describe(errno)}).") { Errno = errno };
}

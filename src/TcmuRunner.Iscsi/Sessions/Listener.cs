// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>The socket of a portal. Made and closed by control threads, used on one hub's loop.</summary>
internal sealed unsafe class Listener : IHubMember
{
    private const int Backlog = 1024;
    private const long RetryMilliseconds = 1000;

    private readonly FrontServices _front;
    private readonly FileDescriptor _socket;
    private long _retry = long.MaxValue;

    private Listener(FrontServices front, FileDescriptor socket, IPEndPoint endPoint)
    {
        _front = front;
        _socket = socket;
        EndPoint = endPoint;
        Bound = SocketAddresses.LocalOf(socket);
    }

    /// <summary>The address as configured.</summary>
    internal IPEndPoint EndPoint { get; }

    /// <summary>The address with the port that the system chose where none was configured.</summary>
    internal IPEndPoint Bound { get; }

    /// <inheritdoc/>
    public SafeHandle Socket => _socket;

    /// <inheritdoc/>
    public int HubIndex { get; set; } = -1;

    /// <summary>Listens on an address.</summary>
    /// <exception cref="IscsiException">The address is in use, not this machine's, or needs rights.</exception>
    internal static Listener Open(FrontServices front, IPEndPoint endPoint)
    {
        bool isV6 = endPoint.AddressFamily == AddressFamily.InterNetworkV6;
        var socket = new FileDescriptor(Libc.Socket(
            isV6 ? Libc.AF_INET6 : Libc.AF_INET, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC, 0));
        int errno = socket.IsInvalid ? Libc.LastError : Bind(socket, endPoint, isV6);
        if (errno == 0)
        {
            return new Listener(front, socket, endPoint);
        }

        socket.Dispose();
        string hint = errno switch
        {
            Errno.EADDRINUSE => " Another program listens there; choose another port, or stop it.",
            Errno.EACCES => " Ports below 1024 need root; choose a higher one.",
            Errno.EADDRNOTAVAIL => " The address is not one of this machine's.",
            _ => "",
        };
        throw new IscsiException(
            IscsiErrorKind.PortalUnavailable,
            $"The portal {endPoint} cannot be opened: {Marshal.GetPInvokeErrorMessage(errno)} (error {errno}).{hint}");
    }

    /// <inheritdoc/>
    public void OnEvents(uint events) => AcceptAll();

    /// <inheritdoc/>
    public long CheckTime(long now)
    {
        if (_retry <= now)
        {
            _retry = long.MaxValue;
            AcceptAll();
        }

        return _retry;
    }

    /// <inheritdoc/>
    public void Fail(Exception exception) => Log.PortalFailed(_front.Logger, exception, EndPoint);

    /// <summary>Closes the socket, once no hub watches it.</summary>
    internal void Close()
    {
        _socket.Dispose();
        Log.ListeningEnded(_front.Logger, EndPoint);
    }

    private static int Bind(FileDescriptor socket, IPEndPoint endPoint, bool isV6)
    {
        int one = 1;
        // A restarted daemon must get its port back although old connections of it linger.
        _ = Libc.Setsockopt(socket.Number, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, &one, sizeof(int));
        if (isV6)
        {
            // So that "::" and "0.0.0.0" can both be portals.
            _ = Libc.Setsockopt(socket.Number, Libc.IPPROTO_IPV6, Libc.IPV6_V6ONLY, &one, sizeof(int));
        }

        SocketAddress address = endPoint.Serialize();
        fixed (byte* bytes = address.Buffer.Span)
        {
            if (Libc.Bind(socket.Number, bytes, (uint)address.Size) < 0)
            {
                return Libc.LastError;
            }
        }

        return Libc.Listen(socket.Number, Backlog) < 0 ? Libc.LastError : 0;
    }

    private void AcceptAll()
    {
        byte* address = stackalloc byte[SocketAddresses.MaximumLength];
        while (true)
        {
            uint length = SocketAddresses.MaximumLength;
            int accepted = Libc.Accept4(_socket.Number, address, &length, Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC);
            if (accepted >= 0)
            {
                Accept(new FileDescriptor(accepted), SocketAddresses.Read(new ReadOnlySpan<byte>(address, (int)length)));
                continue;
            }

            switch (Libc.LastError)
            {
                case Errno.EAGAIN:
                    return;
                case Errno.EINTR or Errno.ECONNABORTED:
                    continue;
                case var errno:
                    // Too many open files: there is no event when that is over.
                    Log.AcceptFailed(_front.Logger, EndPoint, errno);
                    _retry = Environment.TickCount64 + RetryMilliseconds;
                    _front.Hubs[0].Wake(_retry);
                    return;
            }
        }
    }

    private void Accept(FileDescriptor socket, IPEndPoint remote)
    {
        int one = 1;
        // A turn's answers are sent with one call, so there is nothing to wait for.
        _ = Libc.Setsockopt(socket.Number, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, &one, sizeof(int));
        _ = Libc.Setsockopt(socket.Number, Libc.SOL_SOCKET, Libc.SO_KEEPALIVE, &one, sizeof(int));
        _front.Accept(socket, EndPoint, remote);
    }
}

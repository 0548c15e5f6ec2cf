// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary>A netlink socket: datagrams to and from the kernel. Sending and waking are thread safe; one thread receives.</summary>
internal interface INetlinkSocket : IDisposable
{
    /// <summary>Sends one datagram to the kernel, which handles it before the call returns.</summary>
    /// <exception cref="TcmuException">The kernel did not take it.</exception>
    void Send(ReadOnlySpan<byte> datagram);

    /// <summary>Waits for one datagram of the kernel's.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="limit">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="length">Bytes received, for <see cref="NetlinkReceipt.Datagram"/>.</param>
    /// <exception cref="TcmuException">The socket is broken.</exception>
    NetlinkReceipt Receive(Span<byte> buffer, TimeSpan limit, out int length);

    /// <summary>Becomes a member of a multicast group.</summary>
    /// <exception cref="TcmuException">The kernel refuses.</exception>
    void Join(uint groupId);

    /// <summary>Makes the receiver, now or next time, return <see cref="NetlinkReceipt.Woken"/>.</summary>
    void Wake();
}

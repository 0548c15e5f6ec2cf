// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary>What a wait for a datagram ended with.</summary>
internal enum NetlinkReceipt
{
    /// <summary>A datagram is in the buffer.</summary>
    Datagram,

    /// <summary>Datagrams were lost: the socket's buffer overflowed, or ours was too small.</summary>
    Overrun,

    /// <summary>Somebody called <see cref="INetlinkSocket.Wake"/>.</summary>
    Woken,

    /// <summary>Nothing came in time.</summary>
    TimedOut,
}

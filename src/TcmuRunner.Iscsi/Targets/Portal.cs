// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;

namespace TcmuRunner.Iscsi.Targets;

/// <summary>An address and port at which a portal group is reached (RFC 7143 4.4.1).</summary>
/// <param name="EndPoint">Where to listen; the addresses <c>0.0.0.0</c> and <c>::</c> stand for all of this machine.</param>
/// <param name="IsPrivate">Whether discovery leaves it out: for initiators that were told of it otherwise.</param>
public sealed record Portal(IPEndPoint EndPoint, bool IsPrivate = false)
{
    /// <summary>The port that IANA gave to iSCSI.</summary>
    public const int DefaultPort = 3260;

    /// <summary>Whether a connection that arrived at an address came through this portal.</summary>
    /// <param name="listened">The address that was listened on.</param>
    internal bool Matches(IPEndPoint listened) => EndPoint.Equals(listened);

    /// <summary>The form that TargetAddress has (RFC 7143 13.8).</summary>
    /// <param name="endPoint">The address.</param>
    /// <param name="portalGroupTag">The group's tag.</param>
    internal static string ToTargetAddress(IPEndPoint endPoint, ushort portalGroupTag)
    {
        IPAddress address = endPoint.Address.IsIPv4MappedToIPv6 ? endPoint.Address.MapToIPv4() : endPoint.Address;
        if (address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 })
        {
            // A scope means something on this machine only.
            address = new IPAddress(address.GetAddressBytes());
        }

        return $"{new IPEndPoint(address, endPoint.Port)},{portalGroupTag}";
    }
}

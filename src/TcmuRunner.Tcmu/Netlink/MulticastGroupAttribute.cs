// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary>Attributes of one multicast group in the controller's answer (<c>CTRL_ATTR_MCAST_GRP_*</c>).</summary>
internal enum MulticastGroupAttribute : ushort
{
    /// <summary>String.</summary>
    Name = 1,

    /// <summary>u32.</summary>
    Id = 2,
}

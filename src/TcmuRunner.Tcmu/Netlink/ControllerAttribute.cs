// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary>Attributes of the controller family <c>nlctrl</c> (linux/genetlink.h), as far as a client needs them.</summary>
internal enum ControllerAttribute : ushort
{
    /// <summary>u16.</summary>
    FamilyId = 1,

    /// <summary>String.</summary>
    FamilyName = 2,

    /// <summary>u32.</summary>
    Version = 3,

    /// <summary>Nested list of <see cref="MulticastGroupAttribute"/> lists.</summary>
    MulticastGroups = 7,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>What the targets of a fabric have.</summary>
[Flags]
public enum FabricFeatures
{
    /// <summary>One target port group with LUNs.</summary>
    None = 0,

    /// <summary>Any number of target port groups.</summary>
    PortalGroups = 1,

    /// <summary>Network portals (address and port).</summary>
    NetworkPortals = 2,

    /// <summary>Access control lists for initiators.</summary>
    NodeAcls = 4,

    /// <summary>CHAP for sessions.</summary>
    Authentication = 8,

    /// <summary>CHAP for discovery, one for the whole fabric.</summary>
    DiscoveryAuthentication = 16,

    /// <summary>A local initiator, which has to be named before the first LUN.</summary>
    Nexus = 32,
}

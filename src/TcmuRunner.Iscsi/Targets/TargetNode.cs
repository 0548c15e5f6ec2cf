// SPDX-License-Identifier: Apache-2.0
using System.Net;

namespace TcmuRunner.Iscsi.Targets;

/// <summary>A target: a name and its portal groups. Immutable: a change is another object.</summary>
public sealed record TargetNode
{
    /// <summary>The name, as <see cref="IscsiName.TryNormalize"/> gives it.</summary>
    public required string Name { get; init; }

    /// <summary>A name for people, or null.</summary>
    public string? Alias { get; init; }

    /// <summary>The portal groups, each tag once.</summary>
    public required IReadOnlyList<PortalGroup> PortalGroups { get; init; }

    /// <summary>The enabled group that a portal belongs to, or null.</summary>
    internal PortalGroup? FindGroup(IPEndPoint listened)
    {
        foreach (PortalGroup group in PortalGroups)
        {
            if (group.IsEnabled && group.Portals.Any(portal => portal.Matches(listened)))
            {
                return group;
            }
        }

        return null;
    }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>A portal group of a target of the iSCSI front: what LIO calls a TPG. Secrets are in none of these.</summary>
public sealed record TargetFacts
{
    /// <summary>The target's name, in lower case.</summary>
    public required string Name { get; init; }

    /// <summary>The portal group's tag.</summary>
    public required ushort Tag { get; init; }

    /// <summary>Whether initiators may log in.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>Whether initiators that are not listed may log in.</summary>
    public required bool AllowsAnyInitiator { get; init; }

    /// <summary>Whether initiators have to prove who they are (CHAP).</summary>
    public required bool NeedsAuthentication { get; init; }

    /// <summary>The addresses with ports.</summary>
    public required IReadOnlyList<string> Portals { get; init; }

    /// <summary>The logical units.</summary>
    public required IReadOnlyList<LunFacts> Luns { get; init; }

    /// <summary>The initiators that are listed.</summary>
    public required IReadOnlyList<InitiatorFacts> Initiators { get; init; }

    /// <summary>What tells groups apart.</summary>
    internal (string Name, ushort Tag) Key => (Name, Tag);
}

// SPDX-License-Identifier: Apache-2.0
using System.Net;
using TcmuRunner.Iscsi.Login;

namespace TcmuRunner.Iscsi.Targets;

/// <summary>An initiator, or a group of them, that may use a portal group: what is named must be so.</summary>
public sealed record InitiatorRule
{
    /// <summary>The initiator's name in lower case; null: any.</summary>
    public string? Name { get; init; }

    /// <summary>The network that it connects from; null: any.</summary>
    public IPNetwork? Network { get; init; }

    /// <summary>How it proves who it is; null: as the portal group says.</summary>
    public Authentication? Authentication { get; init; }

    /// <summary>The logical units that it sees; null: all of the portal group.</summary>
    public IReadOnlyList<LunMapping>? Luns { get; init; }

    /// <summary>Whether the rule speaks of an initiator.</summary>
    internal bool Matches(string initiatorName, IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (Name is null || Name == initiatorName) && (Network is not { } network || network.Contains(plain));
    }
}

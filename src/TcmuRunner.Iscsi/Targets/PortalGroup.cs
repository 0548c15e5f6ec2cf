// SPDX-License-Identifier: Apache-2.0
using System.Net;
using TcmuRunner.Iscsi.Login;

namespace TcmuRunner.Iscsi.Targets;

/// <summary>A target portal group (RFC 7143 4.4.1; a TPG of LIO): portals, and what is behind them for whom. Immutable: a change is another object.</summary>
public sealed record PortalGroup
{
    /// <summary>The portal group tag, 1 to 65535; also the relative target port identifier.</summary>
    public required ushort Tag { get; init; }

    /// <summary>Whether initiators may log in.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Where it is reached.</summary>
    public required IReadOnlyList<Portal> Portals { get; init; }

    /// <summary>The logical units, in order of their numbers.</summary>
    public required IReadOnlyList<LunMapping> Luns { get; init; }

    /// <summary>The initiators that may use it, the first match counts. With none, see <see cref="AllowsAnyInitiator"/>.</summary>
    public IReadOnlyList<InitiatorRule> Initiators { get; init; } = [];

    /// <summary>Whether initiators without a rule of their own may use it, with all logical units.</summary>
    public bool AllowsAnyInitiator { get; init; }

    /// <summary>How initiators prove who they are; null: they need not.</summary>
    public Authentication? Authentication { get; init; }

    /// <summary>What is offered in a login.</summary>
    public SessionParameters Parameters { get; init; } = new();

    private static readonly InitiatorRule s_anybody = new();

    /// <summary>The rule for an initiator, or null when it may not use the group.</summary>
    internal InitiatorRule? FindRule(string initiatorName, IPAddress address)
    {
        foreach (InitiatorRule rule in Initiators)
        {
            if (rule.Matches(initiatorName, address))
            {
                return rule;
            }
        }

        return AllowsAnyInitiator ? s_anybody : null;
    }
}

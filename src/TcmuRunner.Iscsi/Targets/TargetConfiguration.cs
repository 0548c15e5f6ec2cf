// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Login;

namespace TcmuRunner.Iscsi.Targets;

/// <summary>All that the front serves. Immutable: a hot change is another object, see <see cref="IscsiFront.ApplyAsync(TargetConfiguration, CancellationToken)"/>.</summary>
public sealed record TargetConfiguration
{
    /// <summary>Nothing.</summary>
    public static TargetConfiguration Empty { get; } = new();

    /// <summary>The targets, each name once.</summary>
    public IReadOnlyList<TargetNode> Nodes { get; init; } = [];

    /// <summary>How initiators prove who they are before discovery; null: they need not.</summary>
    public Authentication? DiscoveryAuthentication { get; init; }

    /// <summary>The target of a name, or null.</summary>
    internal TargetNode? Find(string name)
    {
        foreach (TargetNode node in Nodes)
        {
            if (node.Name == name)
            {
                return node;
            }
        }

        return null;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>A volume, and where its description comes from: the first server that answers.</summary>
/// <param name="Name">The volume's name.</param>
/// <param name="Servers">At least one.</param>
internal sealed record GlfsVolume(string Name, ImmutableArray<GlfsServer> Servers)
{
    /// <inheritdoc/>
    public bool Equals(GlfsVolume? other) => other is not null && Name == other.Name && Servers.AsSpan().SequenceEqual(other.Servers.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Servers[0]);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}@{string.Join(',', Servers)}";
}

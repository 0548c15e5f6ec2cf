// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>A piece of the medium that shows up in one domain at a time (ZBC-2 4.3).</summary>
/// <param name="Number">REALM NUMBER, also the index.</param>
/// <param name="FirstZones">Number of its first zone in each domain, by domain; -1 where it cannot be activated.</param>
internal sealed record ZoneRealm(int Number, ImmutableArray<int> FirstZones)
{
    public bool CanBeIn(int domain) => FirstZones[domain] >= 0;
}

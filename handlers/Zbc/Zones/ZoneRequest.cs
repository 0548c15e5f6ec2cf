// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>A ZONE MANAGEMENT OUT command whose zones exist.</summary>
/// <param name="Action">What to do.</param>
/// <param name="First">Number of the first zone.</param>
/// <param name="Count">How many zones, at least one.</param>
/// <param name="All">Whether all zones of the disk are meant that the action can do something to.</param>
internal readonly record struct ZoneRequest(ZoneAction Action, int First, int Count, bool All)
{
    public int End => First + Count;
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Targets;

/// <summary>The targets file cannot be used; nothing of it is applied.</summary>
/// <param name="place">Where in the file, as in <c>targets[0].tpgs[1].portals[0].port</c>; empty for the file as a whole.</param>
/// <param name="reason">A sentence.</param>
internal sealed class TargetsException(string place, string reason) : Exception(place.Length == 0 ? reason : $"{place}: {reason}")
{
    /// <summary>Where in the file.</summary>
    internal string Place { get; } = place;
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>What a handler says of itself.</summary>
public sealed record HandlerDescription
{
    /// <summary>The first word of the configuration strings it serves: 1 to 32 lower-case letters and digits, matched exactly.</summary>
    public required string Subtype { get; init; }

    /// <summary>Its name for people, as in <c>File-backed disk</c>.</summary>
    public required string DisplayName { get; init; }

    /// <summary>The grammar of its configuration strings with every option, in a few lines: what <c>targetcli help create</c> shows.</summary>
    public required string ConfigurationHelp { get; init; }
}

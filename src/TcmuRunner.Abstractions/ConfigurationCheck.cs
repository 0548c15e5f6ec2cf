// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>The answer to whether a configuration could be opened.</summary>
/// <param name="Reason">Why not, as a sentence for the administrator; null where the configuration is fine.</param>
public readonly record struct ConfigurationCheck(string? Reason)
{
    /// <summary>The configuration is fine.</summary>
    public static ConfigurationCheck Valid => default;

    /// <summary>Whether the configuration is fine.</summary>
    public bool IsValid => Reason is null;

    /// <summary>The configuration is refused.</summary>
    /// <param name="reason">Why, as a sentence for the administrator.</param>
    public static ConfigurationCheck Invalid(string reason) => new(reason);
}

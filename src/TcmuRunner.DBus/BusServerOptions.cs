// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus;

/// <summary>How a <see cref="BusServer"/> behaves.</summary>
public sealed record BusServerOptions
{
    /// <summary>The address of the bus; null, the default, for the system bus.</summary>
    public string? Address { get; init; }

    /// <summary>The name to own.</summary>
    public required string Name { get; init; }

    /// <summary>Pause after the first failed attempt to connect, doubled after each further one. Default 1 s.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest such pause. Default 30 s: a system without a bus should not notice that it has none.</summary>
    public TimeSpan MaximumRetryInterval { get; init; } = TimeSpan.FromSeconds(30);
}

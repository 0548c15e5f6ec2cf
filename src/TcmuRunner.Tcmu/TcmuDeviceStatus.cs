// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu;

/// <summary>A device as it was at one moment.</summary>
public sealed record TcmuDeviceStatus
{
    /// <summary>Its name in messages, <c>subtype/device</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its directory in configfs below <c>core</c>, <c>user_N/device</c>.</summary>
    public required string ConfigFsName { get; init; }

    /// <summary>The kernel's device, <c>uioN</c>.</summary>
    public required string UioName { get; init; }

    /// <summary>Its configuration string.</summary>
    public required string Configuration { get; init; }

    /// <summary>Its size in bytes; 0 while it is not served.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required TcmuDeviceState State { get; init; }

    /// <summary>Why it is not served, as a sentence; null while it is.</summary>
    public required string? LastError { get; init; }

    /// <summary>Why the last change of size, configuration or write cache was refused, as a sentence; null when it was not.</summary>
    public string? LastRefusal { get; init; }

    /// <summary>What it has done since it was last opened.</summary>
    public required TcmuDeviceStatistics Statistics { get; init; }
}

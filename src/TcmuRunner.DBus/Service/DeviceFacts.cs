// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>A device as it was at one moment.</summary>
public sealed record DeviceFacts
{
    /// <summary>Its directory in configfs below <c>core</c>, <c>user_N/device</c>: what tells devices apart.</summary>
    public required string ConfigFsName { get; init; }

    /// <summary>Its name in messages, <c>subtype/device</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The kernel's device, <c>uioN</c>.</summary>
    public required string UioName { get; init; }

    /// <summary>The subtype of its handler.</summary>
    public required string Handler { get; init; }

    /// <summary>Its configuration string.</summary>
    public required string Configuration { get; init; }

    /// <summary>Its size in bytes; 0 while it is not served.</summary>
    public required ulong SizeBytes { get; init; }

    /// <summary>Where it is in its life: <c>opening</c>, <c>serving</c>, <c>retrying</c> or <c>failed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it is not served; empty while it is.</summary>
    public required string LastError { get; init; }

    /// <summary>Its own log level, 0 to 5; -1 for the daemon's.</summary>
    public required int LogLevel { get; init; }

    /// <summary>Commands since it was last opened.</summary>
    public required ulong Commands { get; init; }

    /// <summary>Bytes of data of these commands.</summary>
    public required ulong DataBytes { get; init; }

    /// <summary>Commands that are not answered yet.</summary>
    public required uint CommandsInFlight { get; init; }

    /// <summary>The most bytes of the command ring that were in use.</summary>
    public required ulong RingHighWaterBytes { get; init; }

    /// <summary>Size of the command ring in bytes.</summary>
    public required ulong RingSizeBytes { get; init; }

    /// <summary>Commands that were still running when their time-out passed.</summary>
    public required ulong TimeOuts { get; init; }
}

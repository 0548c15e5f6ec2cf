// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>A session of the iSCSI front as it was at one moment.</summary>
public sealed record SessionFacts
{
    /// <summary>Its number; never used twice while the daemon lives.</summary>
    public required ulong Id { get; init; }

    /// <summary>The target's name.</summary>
    public required string TargetName { get; init; }

    /// <summary>The portal group's tag.</summary>
    public required ushort Tag { get; init; }

    /// <summary>The initiator's name.</summary>
    public required string InitiatorName { get; init; }

    /// <summary>The initiator's session id (ISID), 12 hexadecimal digits.</summary>
    public required string InitiatorSessionId { get; init; }

    /// <summary>The session's handle on our side (TSIH).</summary>
    public required ushort Handle { get; init; }

    /// <summary>Its connections.</summary>
    public required IReadOnlyList<ConnectionFacts> Connections { get; init; }

    /// <summary>Commands that were answered.</summary>
    public required ulong Commands { get; init; }

    /// <summary>Bytes that were sent to the initiator.</summary>
    public required ulong BytesRead { get; init; }

    /// <summary>Bytes that commands brought.</summary>
    public required ulong BytesWritten { get; init; }

    /// <summary>Commands that were answered with another status than GOOD.</summary>
    public required ulong Errors { get; init; }

    /// <summary>Commands that are not answered yet.</summary>
    public required uint CommandsInFlight { get; init; }
}

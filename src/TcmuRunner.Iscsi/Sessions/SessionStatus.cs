// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Sessions;

/// <summary>A session as it was at one moment.</summary>
public sealed record SessionStatus
{
    /// <summary>Tells sessions of one life of the front apart; never used twice.</summary>
    public required long Id { get; init; }

    /// <summary>The target's name.</summary>
    public required string TargetName { get; init; }

    /// <summary>The portal group's tag.</summary>
    public required ushort PortalGroupTag { get; init; }

    /// <summary>The initiator's name.</summary>
    public required string InitiatorName { get; init; }

    /// <summary>The initiator's part of the session's identity: ISID, 48 bits (RFC 7143 11.12.5).</summary>
    public required ulong InitiatorSessionId { get; init; }

    /// <summary>The target session identifying handle (TSIH), 1 to 65535.</summary>
    public required ushort Handle { get; init; }

    /// <summary>Its connections.</summary>
    public required IReadOnlyList<ConnectionStatus> Connections { get; init; }

    /// <summary>SCSI commands that were answered.</summary>
    public required long Commands { get; init; }

    /// <summary>Bytes of data that were sent to the initiator.</summary>
    public required long BytesRead { get; init; }

    /// <summary>Bytes of data that commands brought.</summary>
    public required long BytesWritten { get; init; }

    /// <summary>Commands that were answered with another status than GOOD.</summary>
    public required long Errors { get; init; }

    /// <summary>Commands that have come and are not answered.</summary>
    public required int CommandsInFlight { get; init; }
}

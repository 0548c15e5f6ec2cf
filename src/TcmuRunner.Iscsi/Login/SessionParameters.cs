// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Login;

/// <summary>Operational parameters (RFC 7143 13): what a portal group offers, and in a session what both sides agreed on.</summary>
public sealed record SessionParameters
{
    /// <summary>Connections of one session, 1 to 65535. Default 4: enough for multi-connection initiators, which rarely use more than 2.</summary>
    public int MaximumConnections { get; init; } = 4;

    /// <summary>Whether every write waits for an R2T. Default false: a write of up to <see cref="FirstBurstLength"/> takes one round trip less.</summary>
    public bool InitialR2T { get; init; }

    /// <summary>Whether a command may bring data along. Default true.</summary>
    public bool ImmediateData { get; init; } = true;

    /// <summary>Bytes of one PDU that we take, 512 to 16777215. Default 256 KiB.</summary>
    public int MaximumReceiveDataSegmentLength { get; init; } = 256 << 10;

    /// <summary>Bytes that follow one R2T, or go before the F bit of Data-In; 512 to 16777215. Default 1 MiB.</summary>
    public int MaximumBurstLength { get; init; } = 1 << 20;

    /// <summary>Unsolicited bytes of a command, 512 to 16777215, at most <see cref="MaximumBurstLength"/>. Default 256 KiB.</summary>
    public int FirstBurstLength { get; init; } = 256 << 10;

    /// <summary>R2Ts of one command that may be unanswered, 1 to 65535. Default 4: the next burst is on its way while one arrives.</summary>
    public int MaximumOutstandingR2T { get; init; } = 4;

    /// <summary>Seconds that an initiator waits before it connects again, 0 to 3600. Default 2.</summary>
    public int DefaultTime2Wait { get; init; } = 2;

    /// <summary>Seconds for which tasks of a lost connection are kept, 0 to 3600. Default 0: at error recovery level 0 none are.</summary>
    public int DefaultTime2Retain { get; init; }

    /// <summary>Whether headers have a digest.</summary>
    public DigestChoice HeaderDigest { get; init; } = DigestChoice.InitiatorDecides;

    /// <summary>Whether data have a digest.</summary>
    public DigestChoice DataDigest { get; init; } = DigestChoice.InitiatorDecides;

    /// <summary>Commands of one session that may be in flight, 1 to 4096: the command window. Default 128.</summary>
    public int QueueDepth { get; init; } = 128;
}

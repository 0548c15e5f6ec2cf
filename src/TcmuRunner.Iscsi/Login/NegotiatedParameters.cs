// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Login;

/// <summary>What a login has agreed on. The initial values are those of keys that nobody mentions (RFC 7143 13).</summary>
internal sealed class NegotiatedParameters
{
    /// <summary>The least and the most that length keys may say.</summary>
    internal const int MinimumLength = 512, MaximumLength = (1 << 24) - 1;

    /// <summary>What everybody takes while nothing else is agreed (RFC 7143 13.12).</summary>
    internal const int DefaultReceiveDataSegmentLength = 8192;

    internal bool HeaderDigest { get; set; }

    internal bool DataDigest { get; set; }

    internal int MaximumConnections { get; set; } = 1;

    internal bool InitialR2T { get; set; } = true;

    internal bool ImmediateData { get; set; } = true;

    /// <summary>What the initiator takes in one PDU.</summary>
    internal int InitiatorReceiveDataSegmentLength { get; set; } = DefaultReceiveDataSegmentLength;

    /// <summary>What we take in one PDU.</summary>
    internal int TargetReceiveDataSegmentLength { get; set; } = DefaultReceiveDataSegmentLength;

    internal int MaximumBurstLength { get; set; } = 256 << 10;

    internal int FirstBurstLength { get; set; } = 64 << 10;

    internal int MaximumOutstandingR2T { get; set; } = 1;

    internal int DefaultTime2Wait { get; set; } = 2;

    internal int DefaultTime2Retain { get; set; } = 20;
}

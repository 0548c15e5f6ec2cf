// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>A registered I_T nexus (SPC-5 5.13.7). Two are the same only when they are the same object.</summary>
/// <param name="initiator">The initiator port.</param>
/// <param name="relativePortId">The target port; of no meaning with <paramref name="allPorts"/>.</param>
/// <param name="allPorts">Whether it holds for every target port (ALL_TG_PT).</param>
/// <param name="key">The reservation key, not zero.</param>
internal sealed class Registration(TransportId initiator, ushort relativePortId, bool allPorts, ulong key)
{
    public TransportId Initiator { get; } = initiator;

    public ushort RelativePortId { get; } = relativePortId;

    public bool AllPorts { get; } = allPorts;

    public ulong Key { get; } = key;

    /// <summary>Whether it is that nexus's.</summary>
    public bool IsOf(TransportId initiator, ushort relativePortId) =>
        (AllPorts || RelativePortId == relativePortId) && Initiator.Covers(initiator);

    /// <summary>Whether it is that nexus's.</summary>
    public bool IsOf(ItNexus nexus) => nexus.TransportId is { } initiator && IsOf(initiator, nexus.RelativeTargetPortId);
}

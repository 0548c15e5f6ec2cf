// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>A target port through which the logical unit is reached.</summary>
/// <param name="RelativePortId">Relative target port identifier, 1 to 65535.</param>
/// <param name="ProtocolId">Protocol identifier (SPC-5 7.6.1), 5 for iSCSI.</param>
/// <param name="TargetName">The target's name (wwn).</param>
/// <param name="PortalGroupTag">The target portal group tag.</param>
/// <param name="IsEnabled">Whether commands can come through it.</param>
public sealed record TargetPort(ushort RelativePortId, byte ProtocolId, string TargetName, ushort PortalGroupTag, bool IsEnabled);

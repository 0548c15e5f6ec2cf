// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Sessions;

/// <summary>What makes two logins the same session (RFC 7143 4.4.3.1): the initiator port, and the target port that it reaches.</summary>
/// <param name="InitiatorName">The initiator's name.</param>
/// <param name="InitiatorSessionId">The initiator's part of the session's identity.</param>
/// <param name="TargetName">The target's name; empty for discovery.</param>
/// <param name="PortalGroupTag">The portal group.</param>
internal sealed record SessionIdentity(string InitiatorName, ulong InitiatorSessionId, string TargetName, ushort PortalGroupTag);

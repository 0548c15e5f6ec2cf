// SPDX-License-Identifier: Apache-2.0
using System.Net;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>A connection of a session.</summary>
/// <param name="Id">The initiator's number for it (CID).</param>
/// <param name="Remote">The initiator's address.</param>
/// <param name="Portal">The portal that it came through.</param>
public sealed record ConnectionStatus(ushort Id, IPEndPoint Remote, IPEndPoint Portal);

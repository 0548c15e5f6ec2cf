// SPDX-License-Identifier: Apache-2.0
using System.Net;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Iscsi.Login;

/// <summary>What a login is judged by.</summary>
/// <param name="Configuration">The targets there are.</param>
/// <param name="Listened">The portal's address, as configured.</param>
/// <param name="Initiator">Where the connection comes from.</param>
internal sealed record LoginContext(TargetConfiguration Configuration, IPEndPoint Listened, IPAddress Initiator);

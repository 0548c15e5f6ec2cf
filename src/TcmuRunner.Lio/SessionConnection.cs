// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>A connection of a session.</summary>
/// <param name="Id">The connection's CID.</param>
/// <param name="State">As the kernel writes it, as in <c>LOGGED_IN</c>.</param>
/// <param name="Address">The initiator's address.</param>
/// <param name="Transport">As the kernel writes it: <c>TCP</c> or <c>iSER</c>.</param>
public sealed record SessionConnection(int Id, string State, string Address, string Transport);

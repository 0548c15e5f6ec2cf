// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>A connection of a session of the iSCSI front.</summary>
/// <param name="Id">The initiator's number for it.</param>
/// <param name="Remote">The initiator's address with port.</param>
/// <param name="Portal">The portal that it came through.</param>
public sealed record ConnectionFacts(ushort Id, string Remote, string Portal)
{
    /// <summary>The connection as a structure on the bus.</summary>
    internal const string Signature = "(qss)";

    internal object[] ToBus() => [Id, Remote, Portal];
}

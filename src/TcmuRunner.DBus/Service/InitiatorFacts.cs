// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>An initiator that may use a target of the iSCSI front.</summary>
/// <param name="Name">Its name.</param>
/// <param name="HasOwnSecret">Whether it proves itself with a secret of its own, and not with the target's.</param>
public sealed record InitiatorFacts(string Name, bool HasOwnSecret)
{
    /// <summary>The initiator as a structure on the bus.</summary>
    internal const string Signature = "(sb)";

    internal object[] ToBus() => [Name, HasOwnSecret];
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>Names and secrets for CHAP. Its text never shows a secret.</summary>
/// <param name="User">What the initiator calls itself; empty for no authentication.</param>
/// <param name="Secret">What it proves to know.</param>
/// <param name="MutualUser">What the target calls itself where the initiator asks; empty for one direction only.</param>
/// <param name="MutualSecret">What the target proves to know.</param>
public sealed record ChapSecrets(string User, string Secret, string MutualUser, string MutualSecret)
{
    /// <inheritdoc/>
    public override string ToString() => $"{User} (secret hidden)";
}

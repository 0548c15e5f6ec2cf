// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Login;

/// <summary>A name and a secret for CHAP (RFC 7143 12.1.3). Its text never shows the secret.</summary>
/// <param name="UserName">CHAP_N.</param>
/// <param name="Secret">The secret both sides know.</param>
public sealed record ChapCredentials(string UserName, string Secret)
{
    /// <inheritdoc/>
    public override string ToString() => $"{UserName} (secret hidden)";
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Login;

/// <summary>How an initiator proves who it is, and whether we do so too.</summary>
/// <param name="Initiator">What the initiator must know.</param>
/// <param name="Target">What we prove where the initiator asks for it (mutual CHAP); null: we cannot, and its login fails then.</param>
public sealed record Authentication(ChapCredentials Initiator, ChapCredentials? Target = null);

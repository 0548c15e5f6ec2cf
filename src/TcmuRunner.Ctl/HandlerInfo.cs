// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl;

/// <summary>A handler that the daemon has.</summary>
/// <param name="Subtype">The first word of its configuration strings.</param>
/// <param name="ConfigurationHelp">Their grammar.</param>
internal sealed record HandlerInfo(string Subtype, string ConfigurationHelp);

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl;

/// <summary>The daemon as it describes itself.</summary>
/// <param name="Version">As in 0.1.0.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="LogLevel">0 to 5.</param>
internal sealed record DaemonInfo(string Version, uint ProcessId, int LogLevel);

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Login;

/// <summary>The answer to a Login Request.</summary>
/// <param name="Status">Anything but success ends the connection.</param>
/// <param name="Flags">Byte 1 of the response.</param>
/// <param name="Text">The keys of the response.</param>
/// <param name="IsDone">Whether the full feature phase begins.</param>
/// <param name="Reason">With a failure: why, for the log.</param>
internal sealed record LoginReply(LoginStatus Status, byte Flags, TextParameters Text, bool IsDone = false, string? Reason = null);

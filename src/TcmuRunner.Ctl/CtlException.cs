// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl;

/// <summary>A command cannot do what was asked for.</summary>
/// <param name="status">With what the program ends.</param>
/// <param name="message">What happened, to what; a sentence.</param>
/// <param name="remedy">What to do about it, a sentence; null when the message says it.</param>
internal sealed class CtlException(ExitStatus status, string message, string? remedy = null) : Exception(message)
{
    /// <summary>With what the program ends.</summary>
    internal ExitStatus Status { get; } = status;

    /// <summary>What to do about it.</summary>
    internal string? Remedy { get; } = remedy;
}

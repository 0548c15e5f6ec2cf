// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner;

/// <summary>The daemon can't start, for a reason that an administrator can act on.</summary>
/// <param name="kind">What callers switch on.</param>
/// <param name="message">A sentence that names the object and the remedy; it is shown as it is, on one line.</param>
/// <param name="innerException">The cause, where there is one.</param>
internal sealed class DaemonException(DaemonErrorKind kind, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Why it can't start.</summary>
    internal DaemonErrorKind Kind { get; } = kind;
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>A control operation (open, resize, reconfigure) failed for a reason that an administrator can act on.</summary>
/// <remarks>The command path never throws it: operations on data return an <see cref="IoStatus"/>.</remarks>
public sealed class HandlerException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">What callers switch on.</param>
    /// <param name="message">A sentence that names the object and the offending value.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public HandlerException(HandlerErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>Creates an exception without context; prefer the constructor with a kind.</summary>
    public HandlerException()
    {
    }

    /// <summary>Creates an exception of kind <see cref="HandlerErrorKind.Failed"/>; prefer the constructor with a kind.</summary>
    /// <param name="message">A sentence.</param>
    public HandlerException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception of kind <see cref="HandlerErrorKind.Failed"/>; prefer the constructor with a kind.</summary>
    /// <param name="message">A sentence.</param>
    /// <param name="innerException">The cause.</param>
    public HandlerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Why it failed.</summary>
    public HandlerErrorKind Kind { get; }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu;

/// <summary>
/// A control operation between this program and the kernel's TCMU failed. The message is a sentence for the administrator.
/// </summary>
public sealed class TcmuException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">What callers switch on.</param>
    /// <param name="message">A sentence that names the object and, where there is one, the remedy.</param>
    /// <param name="innerException">The cause.</param>
    public TcmuException(TcmuErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>Creates an exception without context; prefer the constructor with a kind.</summary>
    public TcmuException()
    {
    }

    /// <summary>Creates an exception of kind <see cref="TcmuErrorKind.Failed"/>; prefer the constructor with a kind.</summary>
    /// <param name="message">A sentence.</param>
    public TcmuException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception of kind <see cref="TcmuErrorKind.Failed"/>; prefer the constructor with a kind.</summary>
    /// <param name="message">A sentence.</param>
    /// <param name="innerException">The cause.</param>
    public TcmuException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What went wrong.</summary>
    public TcmuErrorKind Kind { get; }

    /// <summary>The device, as in <c>user_0/disk1</c> or <c>uio0</c>; null where none is concerned.</summary>
    public string? Device { get; init; }

    /// <summary>The file, where one is concerned.</summary>
    public string? Path { get; init; }

    /// <summary>The kernel's error number, positive; 0 where there is none.</summary>
    public int Errno { get; init; }
}

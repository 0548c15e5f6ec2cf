// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>An operation on LIO's configuration failed. The message is a sentence for the administrator, with the remedy where there is one.</summary>
public sealed class LioException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">What callers switch on.</param>
    /// <param name="message">A sentence that names the object.</param>
    /// <param name="innerException">The cause.</param>
    public LioException(LioErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>Creates an exception without context; prefer the constructor with a kind.</summary>
    public LioException()
    {
    }

    /// <summary>Creates an exception of kind <see cref="LioErrorKind.Refused"/>; prefer the constructor with a kind.</summary>
    /// <param name="message">A sentence.</param>
    public LioException(string message)
        : base(message)
    {
    }

    /// <summary>Creates an exception of kind <see cref="LioErrorKind.Refused"/>; prefer the constructor with a kind.</summary>
    /// <param name="message">A sentence.</param>
    /// <param name="innerException">The cause.</param>
    public LioException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What went wrong.</summary>
    public LioErrorKind Kind { get; }

    /// <summary>The file or directory that the operation was about; null where none is.</summary>
    public string? Path { get; init; }

    /// <summary>The kernel's error number, positive; 0 where there is none.</summary>
    public int Errno { get; init; }

    // The same failure, told of an object instead of a file.
    internal LioException About(string what) => new(Kind, $"{what}: {Message}", this) { Path = Path, Errno = Errno };
}

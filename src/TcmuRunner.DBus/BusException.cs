// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus;

/// <summary>Something failed on the bus; or, thrown by a method that is served, the error that its caller gets.</summary>
public sealed class BusException : Exception
{
    /// <summary>Creates an exception of this side.</summary>
    /// <param name="kind">What callers switch on.</param>
    /// <param name="message">A sentence with the object and the remedy.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public BusException(BusErrorKind kind, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Kind = kind;
        ErrorName = BusErrorName.Failed;
    }

    /// <summary>Creates the error of a method call.</summary>
    /// <param name="errorName">Its name, as in <see cref="BusErrorName"/>.</param>
    /// <param name="message">A sentence for the caller.</param>
    public BusException(string errorName, string message)
        : base(message)
    {
        Kind = errorName is BusErrorName.NoReply or BusErrorName.Timeout ? BusErrorKind.TimedOut : BusErrorKind.Remote;
        ErrorName = errorName;
    }

    /// <summary>What went wrong.</summary>
    public BusErrorKind Kind { get; }

    /// <summary>The name of the error on the bus.</summary>
    public string ErrorName { get; }
}

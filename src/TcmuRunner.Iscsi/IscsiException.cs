// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Iscsi;

/// <summary>Something that was asked of the front could not be done. Nothing has changed.</summary>
public sealed class IscsiException : Exception
{
    /// <summary>Creates an exception.</summary>
    /// <param name="kind">What callers switch on.</param>
    /// <param name="message">A sentence: what, to whom, what to do.</param>
    public IscsiException(IscsiErrorKind kind, string message)
        : base(message) => Kind = kind;

    /// <summary>What callers switch on.</summary>
    public IscsiErrorKind Kind { get; }

    internal static IscsiException FromErrno(IscsiErrorKind kind, string what, int errno) =>
        new(kind, $"{what}: {Marshal.GetPInvokeErrorMessage(errno)} (error {errno}).");
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Uio;

/// <summary>A UIO device or its shared memory cannot be used. For the control path, and once at the end of a device's life.</summary>
/// <param name="kind">What callers switch on.</param>
/// <param name="message">A sentence with the device and the offending value.</param>
/// <param name="errno">The error number of the failed call; 0 where there was none.</param>
internal sealed class UioException(UioErrorKind kind, string message, int errno = 0) : Exception(message)
{
    /// <summary>Why.</summary>
    internal UioErrorKind Kind { get; } = kind;

    /// <summary>The error number of the failed call; 0 where there was none.</summary>
    internal int Errno { get; } = errno;
}

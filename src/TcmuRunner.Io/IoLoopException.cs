// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io;

/// <summary>A system call that a loop cannot live without failed.</summary>
internal sealed class IoLoopException : Exception
{
    /// <param name="call">The system call.</param>
    /// <param name="errno">Its error number.</param>
    internal IoLoopException(string call, int errno)
        : base($"{call} failed with error {errno}.") => Errno = errno;

    /// <summary>The error number.</summary>
    internal int Errno { get; }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io;

/// <summary>How an <see cref="IoLoop"/> runs.</summary>
public sealed record IoLoopOptions
{
    /// <summary>The kernel's limit for <see cref="QueueEntries"/>.</summary>
    public const int MaximumQueueEntries = 32768;

    /// <summary>The thread's name; the kernel shows the first 15 characters.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Longest time to look for work without sleeping after there was some. Default 50 µs: about what two context switches cost. Zero: never
    /// spin. Spinning stops by itself when it does not find work, and never happens on a machine with one processor.
    /// </summary>
    public TimeSpan MaximumSpin { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>Submission queue entries of the io_uring; a power of two. Default 256: more than a kernel ring has commands in flight by default.</summary>
    public int QueueEntries { get; init; } = 256;

    /// <summary>Uses the epoll loop even where io_uring works. Default false; for tests and for <c>io_uring = no</c> in the configuration.</summary>
    public bool ForceEpoll { get; init; }
}

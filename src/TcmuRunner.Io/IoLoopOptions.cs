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

    /// <summary>
    /// How much longer it may look after <see cref="MaximumSpin"/>, giving the processor to any thread that wants it between two looks.
    /// Default 1 ms: a gap that is longer means fewer than a thousand commands in a second, and those can pay for a context switch. Only where it
    /// makes gaps shorter by a quarter, and on at most half of the processors at a time, over all loops. Zero: never.
    /// </summary>
    public TimeSpan MaximumYield { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Submission queue entries of the io_uring; a power of two. Default 256: more than a kernel ring has commands in flight by default.</summary>
    public int QueueEntries { get; init; } = 256;

    /// <summary>Uses the epoll loop even where io_uring works. Default false; for tests and for <c>io_uring = no</c> in the configuration.</summary>
    public bool ForceEpoll { get; init; }
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Io;

/// <summary>
/// A thread that waits in one place for its sources' descriptors, for its own file operations and for work posted by other threads, and runs
/// all of it to completion.
/// </summary>
/// <remarks>
/// A turn: posted work, finished file operations, ready descriptors, <see cref="LoopSource.Poll"/> of each source, then
/// <see cref="LoopSource.EndBatch"/> of each. When a turn found nothing the loop spins for a short, adaptive time and then sleeps.
/// Continuations of file operations run inside the turn.
/// </remarks>
public abstract class IoLoop : IAsyncDisposable
{
    [ThreadStatic]
    private static IoLoop? t_current;

    /// <summary>The loop whose thread this is, or null.</summary>
    public static IoLoop? Current
    {
        get => t_current;
        protected set => t_current = value;
    }

    /// <summary>The thread's name.</summary>
    public abstract string Name { get; }

    /// <summary>Which mechanism the kernel gives: <c>io_uring</c> or <c>epoll</c>.</summary>
    public abstract string Mechanism { get; }

    /// <summary>Starts a loop on a thread of its own: io_uring where the kernel allows it, else epoll with a worker pool.</summary>
    /// <param name="options">Name, spinning, forced mechanism.</param>
    /// <param name="logger">For failures of sources and of the loop.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The kernel gives neither: too many open files, or no memory.</exception>
    /// <remarks>Returns when the loop runs; blocks briefly.</remarks>
    public static IoLoop Start(IoLoopOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueEntries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.QueueEntries, IoLoopOptions.MaximumQueueEntries);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumSpin, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumYield, TimeSpan.Zero);

        if (!options.ForceEpoll)
        {
            var uring = new UringLoop(options, logger);
            IoLoopException? failure = uring.Launch();
            if (failure is null)
            {
                return uring;
            }

            Log.UringUnavailable(logger, options.Name, failure.Message);
        }

        var epoll = new EpollLoop(options, logger);
        return epoll.Launch() is { } error
            ? throw new InvalidOperationException($"The loop '{options.Name}' cannot start: {error.Message}", error)
            : epoll;
    }

    /// <summary>Queues work for the loop's next turn and wakes it. Any thread; no allocation; a system call only when the loop sleeps.</summary>
    /// <param name="item">The work; it must not be queued already. Once the loop has ended it is dropped.</param>
    public abstract void Post(LoopWorkItem item);

    /// <summary>Runs an action on the loop. For control threads.</summary>
    /// <param name="action">The action.</param>
    public abstract Task InvokeAsync(Action action);

    /// <summary>Begins to serve a source; it is polled in the next turn without waiting for its descriptor.</summary>
    /// <param name="source">The source; served by one loop at a time.</param>
    public abstract Task AddAsync(LoopSource source);

    /// <summary>Stops serving a source. Afterwards none of its members is called any more.</summary>
    /// <param name="source">The source; nothing happens when it is not served.</param>
    public abstract Task RemoveAsync(LoopSource source);

    /// <summary>Ends the thread, after file operations in flight have completed. Idempotent; not from the loop's own thread.</summary>
    public abstract ValueTask DisposeAsync();
}

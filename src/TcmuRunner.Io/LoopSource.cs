// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io;

/// <summary>A producer of work that a loop serves: a command ring with its UIO event, later a connection with its socket.</summary>
/// <remarks>All members but the constructor run on the loop's thread. They must not block and must not throw: a source whose code throws is
/// removed and <see cref="OnFailed"/> is called.</remarks>
public abstract class LoopSource
{
    /// <summary>Creates a source.</summary>
    /// <param name="descriptor">Becomes readable when there is work that <see cref="Poll"/> would find; owned by the derived class.</param>
    protected LoopSource(SafeHandle descriptor) => Descriptor = descriptor;

    /// <summary>What the loop waits for.</summary>
    public SafeHandle Descriptor { get; }

    /// <summary>When <see cref="OnDeadline"/> is wanted, as <see cref="Environment.TickCount64"/> milliseconds; <see cref="long.MaxValue"/> for never.</summary>
    public long DeadlineMilliseconds { get; protected set; } = long.MaxValue;

    /// <summary>Commands taken so far: what the loop measures its own ways of waiting by. A source that does not count leaves it at zero.</summary>
    public long CommandCount { get; protected set; }

    /// <summary>
    /// Looks for work without a system call and does it: called every turn, and again and again while the loop spins. Answers that become ready
    /// are only collected; <see cref="EndBatch"/> sends them.
    /// </summary>
    /// <returns>True when there was work.</returns>
    protected internal abstract bool Poll();

    /// <summary>Called at the end of every turn in which anything ran: tells the peer of all that was completed, with one system call.</summary>
    protected internal abstract void EndBatch();

    /// <summary>The descriptor became ready. <see cref="Poll"/> follows in the same turn.</summary>
    /// <param name="events">The <c>POLLIN</c>, <c>POLLERR</c>, <c>POLLHUP</c> bits of poll(2).</param>
    protected internal abstract void OnReady(short events);

    /// <summary>The deadline has passed; it is cleared before the call.</summary>
    protected internal virtual void OnDeadline()
    {
    }

    /// <summary>The source threw and is no longer served.</summary>
    /// <param name="exception">What it threw.</param>
    protected internal abstract void OnFailed(Exception exception);

    /// <summary>Clears the deadline and tells the source.</summary>
    internal void RunDeadline()
    {
        DeadlineMilliseconds = long.MaxValue;
        OnDeadline();
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io;

/// <summary>
/// A loop's queue of posted work: many threads push, the loop takes everything at once. It also knows whether the loop sleeps, because that
/// flag and the queue's head decide together who wakes whom.
/// </summary>
/// <remarks>
/// The head is a stack of intrusive nodes; the taker always removes the whole stack, so there is no ABA problem, and reverses it, so that
/// work runs in the order in which it was posted.
/// <para>The two fields are written by different threads and have a cache line each.</para>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct PostQueue
{
    private static readonly LoopWorkItem s_closed = new ClosedMark();

    [FieldOffset(64)]
    private LoopWorkItem? _head;

    [FieldOffset(128)]
    private int _sleeping;

    /// <summary>Whether there is nothing to take. The loop's thread; a push that is under way may be missed.</summary>
    internal bool IsEmpty => Volatile.Read(ref _head) is null;

    /// <summary>Pushes an item. Any thread.</summary>
    /// <param name="item">The item; in no queue.</param>
    /// <param name="mustWake">Whether the loop sleeps and this caller, and no other, has to wake it.</param>
    /// <returns>False when the queue is closed.</returns>
    internal bool TryPush(LoopWorkItem item, out bool mustWake)
    {
        mustWake = false;
        LoopWorkItem? head = Volatile.Read(ref _head);
        while (true)
        {
            if (head == s_closed)
            {
                return false;
            }

            item.Next = head;
            LoopWorkItem? seen = Interlocked.CompareExchange(ref _head, item, head);
            if (seen == head)
            {
                break;
            }

            head = seen;
        }

        // The exchange above is a full barrier: the head is written before the flag is read. TrySleep does the reverse (writes the flag, full
        // barrier, reads the head). In whatever order the two run, at least one of them sees the other: no item is left behind by a sleeper.
        if (Volatile.Read(ref _sleeping) != 0)
        {
            // Of several pushers that find the loop asleep one makes the system call.
            mustWake = Interlocked.Exchange(ref _sleeping, 0) != 0;
        }

        return true;
    }

    /// <summary>Takes all items, the oldest first, linked by <see cref="LoopWorkItem.Next"/>. The loop's thread.</summary>
    internal LoopWorkItem? TakeAll()
    {
        if (IsEmpty)
        {
            return null;
        }

        // Full barrier: what the pushers wrote into their items before the push is visible after it.
        LoopWorkItem? newest = Interlocked.Exchange(ref _head, null);
        LoopWorkItem? oldest = null;
        while (newest is not null)
        {
            LoopWorkItem? next = newest.Next;
            newest.Next = oldest;
            oldest = newest;
            newest = next;
        }

        return oldest;
    }

    /// <summary>Announces that the loop is about to sleep. The loop's thread.</summary>
    /// <returns>False when there is work: do not sleep.</returns>
    internal bool TrySleep()
    {
        // Full barrier between the write of the flag and the read of the head; see TryPush for its counterpart.
        Interlocked.Exchange(ref _sleeping, 1);
        if (IsEmpty)
        {
            return true;
        }

        Volatile.Write(ref _sleeping, 0);
        return false;
    }

    /// <summary>Announces that the loop is awake. The loop's thread.</summary>
    internal void WakeUp() => Volatile.Write(ref _sleeping, 0);

    /// <summary>Closes the queue if it is empty: from then on every push is refused. The loop's thread.</summary>
    internal bool TryClose() => Interlocked.CompareExchange(ref _head, s_closed, null) is null;

    private sealed class ClosedMark : LoopWorkItem
    {
        protected internal override void Run() => throw new InvalidOperationException("The mark of a closed queue is no work.");
    }
}

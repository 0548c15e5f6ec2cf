// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// Lets operations on the same zone run one at a time, in the order in which they came, and those on different zones side by side. Hosts that
/// keep several writes to a zone in flight rely on that order.
/// </summary>
/// <remarks>Thread safe. There are as many tickets as commands in flight, so that walking them is cheap; nothing is allocated.</remarks>
internal sealed class ZoneScheduler
{
    [ThreadStatic]
    private static Queue<ZoneTicket>? t_ready;

    [ThreadStatic]
    private static bool t_isDraining;

    private readonly Lock _lock = new();
    private readonly Stack<ZoneTicket> _pool = new();
    private ZoneTicket? _oldest;
    private ZoneTicket? _newest;

    /// <summary>Takes a place.</summary>
    /// <param name="first">Number of the first zone.</param>
    /// <param name="last">Number of the last zone.</param>
    /// <param name="isShared">Whether it may run beside other shared ones.</param>
    /// <param name="wait">What to await before the operation begins, where the result says so.</param>
    /// <param name="ticket">To be given to <see cref="Exit"/> when the operation has ended.</param>
    /// <returns>Whether the operation may begin at once.</returns>
    public bool TryEnter(int first, int last, bool isShared, out ValueTask<IoStatus> wait, out ZoneTicket ticket)
    {
        lock (_lock)
        {
            ticket = _pool.Count > 0 ? _pool.Pop() : new ZoneTicket();
            ticket.First = first;
            ticket.Last = last;
            ticket.IsShared = isShared;
            ticket.IsWaiting = MustWait(ticket, null);
            ticket.Previous = _newest;
            ticket.Next = null;
            if (_newest is null)
            {
                _oldest = ticket;
            }
            else
            {
                _newest.Next = ticket;
            }

            _newest = ticket;
            wait = ticket.IsWaiting ? ticket.Start() : default;
            return !ticket.IsWaiting;
        }
    }

    /// <summary>Gives the place up; those that waited for it begin, on this thread.</summary>
    public void Exit(ZoneTicket ticket)
    {
        Queue<ZoneTicket> ready = t_ready ??= new Queue<ZoneTicket>();
        lock (_lock)
        {
            Unlink(ticket);
            _pool.Push(ticket);
            for (ZoneTicket? other = ticket.Next; other is not null; other = other.Next)
            {
                if (other.IsWaiting && other.Excludes(ticket) && !MustWait(other, other))
                {
                    other.IsWaiting = false;
                    ready.Enqueue(other);
                }
            }

            ticket.Previous = null;
            ticket.Next = null;
        }

        // What begins here may end here and let others begin: a loop instead of ever deeper calls.
        if (t_isDraining)
        {
            return;
        }

        t_isDraining = true;
        try
        {
            while (ready.TryDequeue(out ZoneTicket? next))
            {
                next.Complete(IoStatus.Good);
            }
        }
        finally
        {
            t_isDraining = false;
        }
    }

    private bool MustWait(ZoneTicket ticket, ZoneTicket? until)
    {
        for (ZoneTicket? earlier = _oldest; earlier != until; earlier = earlier.Next)
        {
            if (earlier!.Excludes(ticket))
            {
                return true;
            }
        }

        return false;
    }

    private void Unlink(ZoneTicket ticket)
    {
        if (ticket.Previous is null)
        {
            _oldest = ticket.Next;
        }
        else
        {
            ticket.Previous.Next = ticket.Next;
        }

        if (ticket.Next is null)
        {
            _newest = ticket.Previous;
        }
        else
        {
            ticket.Next.Previous = ticket.Previous;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>
/// Makes COMPARE AND WRITE atomic against all writes of its range. Every writing command claims its range; claims conflict when they overlap
/// and one of them is exclusive, so plain writes never wait for each other.
/// </summary>
/// <remarks>
/// First come, first served: a claim also waits for earlier claims that wait, so a stream of writes cannot starve a COMPARE AND WRITE. A
/// command makes one claim and never a second one while it holds the first, hence no deadlock. The lock is held for a few list operations,
/// never while a command runs.
/// </remarks>
internal sealed class RangeLock
{
    private readonly Lock _lock = new();
    private TicketList _holders;
    private TicketList _waiters;

    // Exclusive claims that hold or wait: while there are none, a plain write looks at no other claim.
    private int _exclusiveCount;

    /// <summary>Claims a range.</summary>
    /// <param name="ticket">The command's ticket, idle.</param>
    /// <param name="first">First block.</param>
    /// <param name="end">The block behind the last one.</param>
    /// <param name="isExclusive">Whether no other write may touch the range meanwhile.</param>
    /// <param name="cancellationToken">A cancelled command does not wait.</param>
    /// <param name="wait">When the claim has to wait: good once it holds, aborted when it was cancelled.</param>
    /// <returns>Whether the claim holds already.</returns>
    public bool TryEnter(
        RangeTicket ticket, long first, long end, bool isExclusive, CancellationToken cancellationToken, out ValueTask<IoStatus> wait)
    {
        ticket.First = first;
        ticket.End = end;
        ticket.IsExclusive = isExclusive;
        wait = default;
        lock (_lock)
        {
            if ((!isExclusive && _exclusiveCount == 0) || !(ConflictsUpTo(_holders.Head, null, ticket) || ConflictsUpTo(_waiters.Head, null, ticket)))
            {
                _exclusiveCount += isExclusive ? 1 : 0;
                ticket.State = TicketState.Holding;
                _holders.Append(ticket);
                return true;
            }

            if (cancellationToken.IsCancellationRequested)
            {
                wait = new(IoOutcome.Aborted);
                return false;
            }

            _exclusiveCount += isExclusive ? 1 : 0;
            ticket.State = TicketState.Waiting;
            wait = ticket.Start();
            _waiters.Append(ticket);
            return false;
        }
    }

    /// <summary>Gives a claim back. The caller runs the <see cref="Trampoline"/> afterwards for those that waited for it.</summary>
    public void Exit(RangeTicket ticket)
    {
        lock (_lock)
        {
            _holders.Remove(ticket);
            Leave(ticket);
        }
    }

    /// <summary>Ends a wait. The caller runs the <see cref="Trampoline"/> afterwards.</summary>
    /// <returns>Whether the ticket was waiting.</returns>
    public bool TryCancel(RangeTicket ticket)
    {
        lock (_lock)
        {
            if (ticket.State != TicketState.Waiting)
            {
                return false;
            }

            _waiters.Remove(ticket);
            ticket.Outcome = IoOutcome.Aborted;
            Leave(ticket);
            Trampoline.Add(ticket);
            return true;
        }
    }

    private static bool ConflictsUpTo(WaitTicket? from, WaitTicket? end, RangeTicket ticket)
    {
        for (WaitTicket? other = from; other != end; other = other!.Next)
        {
            if (ticket.ConflictsWith((RangeTicket)other!))
            {
                return true;
            }
        }

        return false;
    }

    // Under the lock. A waiter may go when nothing before it stands in its way: the holders, and the waiters in front of it.
    private void Leave(RangeTicket ticket)
    {
        ticket.State = TicketState.Idle;
        _exclusiveCount -= ticket.IsExclusive ? 1 : 0;
        WaitTicket? next = _waiters.Head;
        while (next is RangeTicket waiter)
        {
            next = waiter.Next;
            if (!ConflictsUpTo(_holders.Head, null, waiter) && !ConflictsUpTo(_waiters.Head, waiter, waiter))
            {
                _waiters.Remove(waiter);
                _holders.Append(waiter);
                waiter.State = TicketState.Holding;
                waiter.Outcome = IoStatus.Good;
                Trampoline.Add(waiter);
            }
        }
    }
}

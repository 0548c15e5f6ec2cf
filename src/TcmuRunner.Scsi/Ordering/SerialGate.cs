// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>Lets one command at a time into a device whose code cannot take more; the others wait in order of arrival.</summary>
/// <remarks>Its length is bounded by the fronts' queues. The lock is held for a few list operations, never while a command runs.</remarks>
internal sealed class SerialGate
{
    private readonly Lock _lock = new();
    private TicketList _waiters;
    private bool _isTaken;

    /// <summary>Enters, or queues up.</summary>
    /// <param name="ticket">The command's ticket, idle.</param>
    /// <param name="cancellationToken">A cancelled command does not wait.</param>
    /// <param name="wait">When the command has to wait: good once it is its turn, aborted when it was cancelled.</param>
    /// <returns>Whether it is the command's turn already.</returns>
    public bool TryEnter(WaitTicket ticket, CancellationToken cancellationToken, out ValueTask<IoStatus> wait)
    {
        wait = default;
        lock (_lock)
        {
            if (!_isTaken)
            {
                _isTaken = true;
                ticket.State = TicketState.Holding;
                return true;
            }

            if (cancellationToken.IsCancellationRequested)
            {
                wait = new(IoOutcome.Aborted);
                return false;
            }

            ticket.State = TicketState.Waiting;
            wait = ticket.Start();
            _waiters.Append(ticket);
            return false;
        }
    }

    /// <summary>Leaves. The caller runs the <see cref="Trampoline"/> afterwards for the next command.</summary>
    public void Exit(WaitTicket ticket)
    {
        lock (_lock)
        {
            ticket.State = TicketState.Idle;
            if (_waiters.TakeFirst() is { } next)
            {
                next.State = TicketState.Holding;
                next.Outcome = IoStatus.Good;
                Trampoline.Add(next);
            }
            else
            {
                _isTaken = false;
            }
        }
    }

    /// <summary>Ends a wait. The caller runs the <see cref="Trampoline"/> afterwards.</summary>
    /// <returns>Whether the ticket was waiting.</returns>
    public bool TryCancel(WaitTicket ticket)
    {
        lock (_lock)
        {
            if (ticket.State != TicketState.Waiting)
            {
                return false;
            }

            _waiters.Remove(ticket);
            ticket.State = TicketState.Idle;
            ticket.Outcome = IoOutcome.Aborted;
            Trampoline.Add(ticket);
            return true;
        }
    }
}

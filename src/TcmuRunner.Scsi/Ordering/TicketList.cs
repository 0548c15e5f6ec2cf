// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>A list of tickets, linked through themselves. Not thread safe.</summary>
internal struct TicketList
{
    public WaitTicket? Head { get; private set; }

    private WaitTicket? _tail;

    public readonly bool IsEmpty => Head is null;

    public void Append(WaitTicket ticket)
    {
        ticket.Previous = _tail;
        ticket.Next = null;
        if (_tail is null)
        {
            Head = ticket;
        }
        else
        {
            _tail.Next = ticket;
        }

        _tail = ticket;
    }

    public void Remove(WaitTicket ticket)
    {
        if (ticket.Previous is null)
        {
            Head = ticket.Next;
        }
        else
        {
            ticket.Previous.Next = ticket.Next;
        }

        if (ticket.Next is null)
        {
            _tail = ticket.Previous;
        }
        else
        {
            ticket.Next.Previous = ticket.Previous;
        }

        ticket.Previous = null;
        ticket.Next = null;
    }

    public WaitTicket? TakeFirst()
    {
        WaitTicket? first = Head;
        if (first is not null)
        {
            Remove(first);
        }

        return first;
    }
}

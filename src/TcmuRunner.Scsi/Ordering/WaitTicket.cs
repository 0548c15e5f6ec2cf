// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>
/// A command's place in a queue. It is part of the task, so that waiting allocates nothing. The queue that it stands in owns all of its
/// fields and protects them with its own lock.
/// </summary>
internal class WaitTicket : IoCompletion
{
    internal WaitTicket? Previous { get; set; }

    internal WaitTicket? Next { get; set; }

    /// <summary>The next one in line at the <see cref="Trampoline"/>: a ticket may hold and be in line at the same time.</summary>
    internal WaitTicket? NextReady { get; set; }

    internal TicketState State { get; set; }

    /// <summary>How the wait ended: set before the ticket is given to the <see cref="Trampoline"/>.</summary>
    internal IoStatus Outcome { get; set; }
}

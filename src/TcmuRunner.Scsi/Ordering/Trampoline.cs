// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>
/// Continues commands whose wait is over, one after the other on the current thread. A command that completes at once lets the next one go,
/// and so on through the whole queue: without this each of them would stand on the stack of the one before.
/// </summary>
internal static class Trampoline
{
    [ThreadStatic]
    private static WaitTicket? t_first;

    [ThreadStatic]
    private static WaitTicket? t_last;

    [ThreadStatic]
    private static bool t_isRunning;

    /// <summary>Puts a ticket in line on this thread; <see cref="Run"/> must follow, outside of any lock.</summary>
    public static void Add(WaitTicket ticket)
    {
        ticket.NextReady = null;
        if (t_last is null)
        {
            t_first = ticket;
        }
        else
        {
            t_last.NextReady = ticket;
        }

        t_last = ticket;
    }

    /// <summary>Continues the tickets in line. Returns at once where this thread does that already further up.</summary>
    public static void Run()
    {
        if (t_first is null || t_isRunning)
        {
            return;
        }

        t_isRunning = true;
        try
        {
            while (t_first is { } ticket)
            {
                t_first = ticket.NextReady;
                t_last = t_first is null ? null : t_last;
                ticket.NextReady = null;
                ticket.Complete(ticket.Outcome);
            }
        }
        finally
        {
            t_isRunning = false;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>Ending commands before they are over: connection lost, task management, a unit taken away.</content>
internal sealed partial class Session
{
    internal FrontServices Front => _front;

    /// <summary>Ends the commands that match; none of them is answered.</summary>
    /// <param name="matches">Which ones.</param>
    /// <param name="state">What <paramref name="matches"/> compares with.</param>
    /// <param name="waiter">Who waits until they are settled, or null.</param>
    internal void AbortWhere<T>(Func<IscsiTask, T, bool> matches, T state, TaskManagementOperation? waiter)
    {
        // By index: a command that is aborted may be over at once, and others with it.
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot] is { } task && matches(task, state))
            {
                AbortTask(task, waiter);
            }
        }
    }

    /// <summary>Ends all commands for a unit, because another nexus has preempted this one (PREEMPT AND ABORT). Any thread.</summary>
    internal ValueTask AbortCommandsAsync(LogicalUnit unit)
    {
        var abort = new AbortCommandsItem(this, unit);
        Hub.Loop.Post(abort);
        return new ValueTask(abort.Completion);
    }

    /// <summary>Ends one command.</summary>
    internal static void AbortTask(IscsiTask task, TaskManagementOperation? waiter)
    {
        bool isConnectionGone = task.Connection.IsClosed;
        switch (task.Phase)
        {
            case TaskPhase.Executing:
                if (waiter is not null)
                {
                    task.AddWaiter(waiter);
                }

                task.MarkAborted();
                break;
            case TaskPhase.Arriving when !isConnectionGone:
            case TaskPhase.Held when !isConnectionGone:
                // Its number has its turn still; nothing is done with it then.
                task.MarkAborted();
                break;
            default:
                task.Connection.Detach(task);
                task.Connection.FreeTask(task);
                break;
        }
    }
}

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
    internal void AbortWhere<T>(Func<IscsiTask, T, bool> matches, T state, SettleGate? waiter)
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

    /// <summary>Ends one command.</summary>
    internal static void AbortTask(IscsiTask task, SettleGate? waiter)
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

    /// <summary>
    /// Ends all commands for a unit, because another nexus has preempted this one (PREEMPT AND ABORT), and waits for the last: a write of a node
    /// that was shut out must not land afterwards. PERSISTENT RESERVE OUT goes on: it may be the very command that waits here. Any thread.
    /// </summary>
    private ValueTask AbortCommandsAsync(LogicalUnit unit)
    {
        const byte persistentReserveOut = 0x5F;
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new SettleGate(settled.SetResult);
        _ = Hub.Loop.InvokeAsync(() =>
        {
            AbortWhere(static (task, wanted) => task.IsFor(wanted) && task.ReceivedCdb[0] != persistentReserveOut, unit, gate);
            gate.Release();
        });
        return new ValueTask(settled.Task);
    }
}

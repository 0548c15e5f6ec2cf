// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu.Ring;

// Aborts ask the handler to give up. The command stays in flight until the handler is done with its buffers, and is answered then: the
// kernel gives the buffers to another command as soon as it sees the answer.
internal sealed unsafe partial class CommandRing
{
    /// <summary>Counts intervals of the time-out clock. A task bears the number of the one it came in.</summary>
    private uint _generation;

    /// <summary>One bit for each command id; made when the first task management notification comes.</summary>
    private ulong[]? _listed;

    /// <summary>Cancels the tokens of all commands in flight.</summary>
    internal void AbortAll()
    {
        RingTask? first = null;
        CollectAll(_overdue.First, ref first);
        CollectAll(_running.First, ref first);
        AbortCollected(first);
    }

    /// <summary>
    /// An interval of the time-out clock has ended: reports commands that have been running for at least <paramref name="intervals"/> whole
    /// ones, each once, and cancels their tokens.
    /// </summary>
    internal void Tick(uint intervals)
    {
        _generation++;
        RingTask? first = null;
        // Tasks stand in the order of their coming, so the first that is in time ends the search.
        while (_running.First is { } task && _generation - task.Generation > intervals)
        {
            _running.Remove(task);
            task.IsOverdue = true;
            _overdue.Append(task);
            TimeOuts++;
            Collect(task, ref first);
            if (task.Rejection is null)
            {
                Log.CommandOverdue(_logger, _name, task.CommandId, CdbFormatter.Format(task.Cdb), intervals);
            }
        }

        AbortCollected(first);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AbortListed(TaskManagementRequest* entry, uint length)
    {
        uint room = length <= TaskManagementRequest.CommandIdsOffset
            ? 0
            : (length - TaskManagementRequest.CommandIdsOffset) / sizeof(ushort);
        uint count = room == 0 ? 0 : Math.Min(entry->CommandCount, room);
        TaskManagementFunction function = length > TaskManagementRequest.FunctionOffset ? entry->Function : TaskManagementFunction.Unknown;
        Log.TaskManagement(_logger, _name, function, count);
        _listed ??= new ulong[(ushort.MaxValue + 1) / 64];
        _listed.AsSpan().Clear();
        var commandIds = (ushort*)((byte*)entry + TaskManagementRequest.CommandIdsOffset);
        for (uint index = 0; index < count; index++)
        {
            ushort commandId = commandIds[index];
            _listed[commandId / 64] |= 1UL << (commandId % 64);
        }

        RingTask? first = null;
        CollectListed(_overdue.First, ref first);
        CollectListed(_running.First, ref first);
        AbortCollected(first);
    }

    private void CollectListed(RingTask? task, ref RingTask? first)
    {
        for (; task is not null; task = task.Next)
        {
            if ((_listed![task.CommandId / 64] >> (task.CommandId % 64) & 1) != 0)
            {
                Collect(task, ref first);
            }
        }
    }

    private static void CollectAll(RingTask? task, ref RingTask? first)
    {
        for (; task is not null; task = task.Next)
        {
            Collect(task, ref first);
        }
    }

    private static void Collect(RingTask task, ref RingTask? first)
    {
        task.NextToAbort = first;
        first = task;
    }

    // A cancelled token can complete its command, and others with it, inside the call: hence first the collection, then the calls, and the
    // question whether a task is still in flight. No new life of a task begins meanwhile, as only Poll begins them.
    private void AbortCollected(RingTask? task)
    {
        while (task is not null)
        {
            RingTask? next = task.NextToAbort;
            task.NextToAbort = null;
            if (task.IsInFlight && !task.IsAnswered)
            {
                Abort(task);
            }

            task = next;
        }
    }

    private void Abort(RingTask task)
    {
        try
        {
            task.Abort();
        }
        catch (AggregateException exception)
        {
            // Thrown by what a handler registered with the token: costs a line in the log, not the device.
            Log.CancellationFailed(_logger, exception, _name, task.CommandId);
        }
    }
}

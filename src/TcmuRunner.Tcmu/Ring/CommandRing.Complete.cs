// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Io;
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu.Ring;

internal sealed unsafe partial class CommandRing
{
    /// <summary>A task is done. Any thread: off the loop it travels there first.</summary>
    internal void OnTaskCompleted(RingTask task)
    {
        if (ReferenceEquals(IoLoop.Current, _loop))
        {
            Complete(task);
        }
        else
        {
            _loop.Post(task.ForeignCompletion);
        }
    }

    /// <summary>Answers a task that is done, as soon as the kernel takes its answer.</summary>
    internal void Complete(RingTask task)
    {
        if (!task.IsInFlight || task.IsAnswered)
        {
            // A second answer to one command id makes the kernel give the whole ring up.
            Log.CompletedTwice(_logger, _name, task.CommandId);
            return;
        }

        if (_isDetached)
        {
            Recycle(task);
        }
        else if (_isOutOfOrder)
        {
            Answer(task);
        }
        else
        {
            task.IsAnswered = true;
            while (!_slots.IsEmpty && _slots.First.Task is { IsAnswered: true } first)
            {
                Answer(first);
            }
        }
    }

    private void Answer(RingTask task)
    {
        WriteResponse(task);
        _tail = Advance(_tail, _slots.Dequeue());
        // Entries without an answer never stay first in the queue, so the first one always takes the next answer.
        while (!_slots.IsEmpty && _slots.First.Task is null)
        {
            _tail = Advance(_tail, _slots.Dequeue());
        }

        PublishTail();
        HasNews = true;
        Recycle(task);
    }

    private void WriteResponse(RingTask task)
    {
        var response = (CommandResponse*)(_entries + _tail);
        byte[]? rejection = task.Rejection;
        uint readLength = 0;
        UserFlags flags = rejection is null ? FinishData(task, out readLength) : UserFlags.None;
        ScsiStatus status = rejection is null ? task.Status : ScsiStatus.CheckCondition;
        response->Header.CommandId = task.CommandId;
        response->Header.UserFlags = flags;
        response->Status = status;
        response->ReadLength = readLength;
        if (status == ScsiStatus.CheckCondition)
        {
            WriteSense(response, rejection is null ? task.Sense : rejection);
        }
    }

    // The kernel copies all 96 bytes, valid or not, and what stands there now is left from the request.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteSense(CommandResponse* response, ReadOnlySpan<byte> sense)
    {
        var destination = new Span<byte>((byte*)response + CommandResponse.SenseOffset, CommandResponse.SenseBytes);
        sense = sense[..Math.Min(sense.Length, destination.Length)];
        sense.CopyTo(destination);
        destination[sense.Length..].Clear();
    }

    /// <summary>
    /// Takes care of the part of the buffer that was not filled: the kernel gives its blocks from command to command without clearing them,
    /// so it would carry another command's data to the initiator.
    /// </summary>
    private UserFlags FinishData(RingTask task, out uint readLength)
    {
        readLength = 0;
        long room = task.DataIn.Length;
        long filled = Math.Clamp(task.DataInLength, 0, room);
        bool canLimit = _hasReadLength && !task.IsBidirectional && filled <= uint.MaxValue;
        if (task.Status == ScsiStatus.CheckCondition)
        {
            // Without a length the kernel returns sense data alone, with one both (RECOVERED ERROR).
            readLength = canLimit ? (uint)filled : 0;
            return readLength == 0 ? UserFlags.None : UserFlags.ReadLength;
        }

        if (filled == room)
        {
            return UserFlags.None;
        }

        if (!canLimit)
        {
            task.DataIn.Slice(filled).Clear();
            return UserFlags.None;
        }

        if (filled == 0)
        {
            // A write, or a read without an answer: the ring does not tell which. Zero would mean all of the buffer, so a read returns one
            // cleared byte; a write ignores the length, and is not slowed down by clearing what it has just written.
            task.DataIn.CopyFrom([0]);
            filled = 1;
        }

        readLength = (uint)filled;
        return UserFlags.ReadLength;
    }

    private void Recycle(RingTask task)
    {
        if (task.IsOverdue)
        {
            _overdue.Remove(task);
        }
        else
        {
            _running.Remove(task);
        }

        task.End();
        _pool.Return(task);
        if (--InFlight == 0)
        {
            _whenIdle?.TrySetResult();
        }
    }
}

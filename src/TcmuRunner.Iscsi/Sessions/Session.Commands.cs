// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Sessions;

/// <content>The order of commands (RFC 7143 4.2.2.1) and the commands in flight.</content>
internal sealed partial class Session
{
    private readonly int _depth;
    private readonly IscsiTask?[] _slots;
    private readonly ushort[] _generations;
    private readonly int[] _freeSlots;
    private int _freeCount;
    private int _inFlight;
    private int _ordered;
    private int _held;
    private long _bufferedBytes;

    /// <summary>The CmdSN that is next in order.</summary>
    internal uint ExpectedCommandNumber { get; private set; }

    /// <summary>The last CmdSN that we take. It never goes back: a command that is answered makes room for one more.</summary>
    internal uint MaximumCommandNumber => ExpectedCommandNumber + (uint)(_depth - (_ordered - _held)) - 1;

    internal bool HasFreeSlot => _freeCount > 0;

    /// <summary>Whether a command that is not immediate may come now. Serial numbers of 32 bits go round.</summary>
    internal bool IsInWindow(uint number) =>
        (int)(number - ExpectedCommandNumber) >= 0 && (int)(MaximumCommandNumber - number) >= 0;

    /// <summary>Takes the turn of a request that is no SCSI command.</summary>
    /// <returns>False when it is not its turn.</returns>
    internal bool TryTakeTurn(uint number)
    {
        if (number != ExpectedCommandNumber)
        {
            return false;
        }

        ExpectedCommandNumber++;
        StartHeld();
        return true;
    }

    /// <summary>Takes a command in that begins to arrive.</summary>
    internal void AddTask(IscsiTask task)
    {
        int slot = _freeSlots[--_freeCount];
        _slots[slot] = task;
        task.Slot = slot;
        task.TargetTransferTag = ((uint)_generations[slot] << 16) | (uint)slot;
        _inFlight++;
        if (!task.IsImmediate)
        {
            // Until it has its turn it is inside the window, not in use of it.
            _ordered++;
            _held++;
        }
    }

    /// <summary>A command is answered, or will never be.</summary>
    internal void RemoveTask(IscsiTask task)
    {
        int slot = task.Slot;
        if (slot < 0)
        {
            return;
        }

        _slots[slot] = null;
        // The tag must not be all ones, which stands for none; no slot number is that large.
        _generations[slot]++;
        _freeSlots[_freeCount++] = slot;
        task.Slot = -1;
        _inFlight--;
        if (!task.IsImmediate)
        {
            _ordered--;
            if (task.Phase is TaskPhase.Arriving or TaskPhase.Held)
            {
                _held--;
            }
        }

        if (_isEnded)
        {
            SettleIfOver();
        }
    }

    /// <summary>A buffer for data of one of its commands.</summary>
    /// <param name="lengthBytes">1 to <see cref="BufferPool.MaximumLength"/>.</param>
    /// <returns>Null when there is no memory, or when this session has its share of it.</returns>
    internal PooledBuffer? RentBuffer(int lengthBytes)
    {
        PooledBuffer? buffer = Hub.Buffers.Rent(lengthBytes, _bufferedBytes);
        _bufferedBytes += buffer?.Length ?? 0;
        return buffer;
    }

    /// <summary>Takes back what <see cref="RentBuffer"/> gave.</summary>
    internal void ReturnBuffer(PooledBuffer buffer)
    {
        _bufferedBytes -= buffer.Length;
        Hub.Buffers.Return(buffer);
    }

    internal IscsiTask? FindTask(uint initiatorTaskTag)
    {
        foreach (IscsiTask? task in _slots)
        {
            if (task is not null && task.InitiatorTaskTag == initiatorTaskTag)
            {
                return task;
            }
        }

        return null;
    }

    /// <summary>The command whose R2T data belong to.</summary>
    internal IscsiTask? FindTransfer(uint targetTransferTag, uint initiatorTaskTag)
    {
        uint slot = targetTransferTag & 0xFFFF;
        return slot < (uint)_slots.Length && _slots[slot] is { } task
            && task.TargetTransferTag == targetTransferTag && task.InitiatorTaskTag == initiatorTaskTag
            ? task
            : null;
    }

    /// <summary>A command has arrived: starts it when it is its turn, and those that waited for it.</summary>
    internal void Submit(IscsiTask task)
    {
        if (task.IsImmediate)
        {
            task.Connection.StartTask(task);
            return;
        }

        if (task.CommandSequenceNumber != ExpectedCommandNumber)
        {
            // Only with several connections commands overtake each other.
            if (FindHeld(task.CommandSequenceNumber) is not null || !IsInWindow(task.CommandSequenceNumber))
            {
                task.Connection.FreeTask(task);
                return;
            }

            task.Phase = TaskPhase.Held;
            return;
        }

        TakeTurn(task);
        if (_held > 0)
        {
            StartHeld();
        }
    }

    private void TakeTurn(IscsiTask task)
    {
        ExpectedCommandNumber++;
        _held--;
        task.Phase = TaskPhase.WaitingForData;
        task.Connection.StartTask(task);
    }

    private void StartHeld()
    {
        while (_held > 0 && FindHeld(ExpectedCommandNumber) is { } task)
        {
            TakeTurn(task);
        }
    }

    private IscsiTask? FindHeld(uint number)
    {
        foreach (IscsiTask? task in _slots)
        {
            if (task is { Phase: TaskPhase.Held, IsImmediate: false } && task.CommandSequenceNumber == number)
            {
                return task;
            }
        }

        return null;
    }
}

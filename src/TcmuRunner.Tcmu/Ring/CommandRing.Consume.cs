// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.Tcmu.Ring;

internal sealed unsafe partial class CommandRing
{
    /// <summary>Takes out the entries that stand in the ring, at most a batch, and executes their commands.</summary>
    /// <returns>True when there were any.</returns>
    /// <exception cref="UioException">The ring is corrupt; it must be detached.</exception>
    internal bool Poll()
    {
        if (_isDetached)
        {
            return false;
        }

        uint head = ReadHead();
        if (head == _read)
        {
            return false;
        }

        if (!IsIndex(head))
        {
            throw CorruptRing($"the head stands at {head} of {_size} bytes");
        }

        uint used = head >= _tail ? head - _tail : _size - _tail + head;
        HighWaterBytes = Math.Max(HighWaterBytes, used);
        for (int count = 0; count < MaximumBatch && _read != head && !_isDetached; count++)
        {
            Consume(head);
        }

        return true;
    }

    private void Consume(uint head)
    {
        uint offset = _read;
        byte* entry = _entries + offset;
        uint word = ((EntryHeader*)entry)->LengthAndOpcode;
        uint length = word & ~EntryHeader.OpcodeMask;
        uint available = head > offset ? head - offset : _size - offset;
        if (length == 0 || length > available)
        {
            throw CorruptRing($"the entry at {offset} has {length} bytes where {available} are left");
        }

        var opcode = (EntryOpcode)(word & EntryHeader.OpcodeMask);
        // Before the command runs: it may complete inside, and takes the slot at the tail then.
        _read = Advance(offset, length);
        if (opcode == EntryOpcode.Command)
        {
            if (length < CommandRequest.MinimumEntryBytes)
            {
                throw CorruptRing($"the command at {offset} has {length} bytes, less than its response takes");
            }

            Start(entry, offset, length);
        }
        else
        {
            Skip(opcode, entry, length);
        }
    }

    private void Start(byte* entry, uint offset, uint length)
    {
        RingTask task = _pool.Take();
        task.Begin(((EntryHeader*)entry)->CommandId, _generation);
        _running.Append(task);
        InFlight++;
        Commands++;
        _slots.Enqueue(length, task);
        if (TryLoad(task, entry, offset, length))
        {
            DataBytes += task.IsBidirectional ? task.DataOut.Length + task.DataIn.Length : task.DataOut.Length;
            _unit.Execute(task);
        }
        else
        {
            InvalidEntries++;
            Complete(task);
        }
    }

    // Each number is read from shared memory once, into a local, and judged there. A command that does not pass is answered all the same:
    // one that is dropped would keep its slot, its buffer and its initiator for ever.
    private bool TryLoad(RingTask task, byte* entry, uint offset, uint length)
    {
        var request = (CommandRequest*)entry;
        uint count = request->VectorCount;
        uint bidirectionalCount = request->BidirectionalVectorCount;
        ulong vectors = (ulong)count + bidirectionalCount + request->ProtectionVectorCount;
        // From the entry's start; what lies before the ring wraps to a huge number and fails the comparisons like one behind it.
        ulong cdbOffset = request->CdbOffset - _region.RingOffset - offset;
        if (cdbOffset >= length || vectors > length || CommandRequest.VectorsOffset + (vectors * (uint)sizeof(RingVector)) > cdbOffset)
        {
            Reject(task, RingRejection.InvalidEntry, "its vectors and its CDB do not fit its entry");
            return false;
        }

        var rest = new ReadOnlySpan<byte>(entry + cdbOffset, (int)(length - (uint)cdbOffset));
        if (!CdbLength.TryGet(rest, out int cdbLength) || cdbLength > ScsiTask.MaximumCdbLength)
        {
            Reject(task, RingRejection.InvalidCdb, "its CDB does not fit its entry");
            return false;
        }

        if (!task.TryCopyVectors((RingVector*)(entry + CommandRequest.VectorsOffset), (int)(count + bidirectionalCount), _area))
        {
            Reject(task, RingRejection.InvalidEntry, "one of its vectors lies outside the data area");
            return false;
        }

        task.Load(_nexus, rest[..cdbLength], (int)count, (int)bidirectionalCount);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Reject(RingTask task, byte[] sense, string reason)
    {
        task.Rejection = sense;
        Log.InvalidEntry(_logger, _name, task.CommandId, reason);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Skip(EntryOpcode opcode, byte* entry, uint length)
    {
        switch (opcode)
        {
            case EntryOpcode.Pad:
                break;
            case EntryOpcode.TaskManagement:
                // Released at once where nothing stands before it: until then it takes space in the ring.
                HasNews = true;
                AbortListed((TaskManagementRequest*)entry, length);
                break;
            default:
                HasNews = true;
                ((EntryHeader*)entry)->UserFlags = UserFlags.UnknownOpcode;
                Log.UnknownEntry(_logger, _name, (uint)opcode);
                break;
        }

        // The abort above may have completed commands; what the queue looks like is asked only now.
        if (_slots.IsEmpty)
        {
            _tail = Advance(_tail, length);
            PublishTail();
        }
        else
        {
            _slots.Enqueue(length, task: null);
        }
    }
}

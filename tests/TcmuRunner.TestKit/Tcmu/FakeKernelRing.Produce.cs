// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.TestKit.Tcmu;

public sealed unsafe partial class FakeKernelRing
{
    private const uint OpcodePad = 0;
    private const uint OpcodeCommand = 1;
    private const uint OpcodeTaskManagement = 2;
    private const uint OpcodeMask = 7;
    private const int VectorBytes = 16;
    private const int FixedRequestBytes = 48;
    private const int MinimumRequestBytes = 112;
    private const int FixedTaskManagementBytes = 32;

    /// <summary>Sends a command: onto the ring, or into the queue of those that wait for room, or straight back where the kernel refuses it.</summary>
    /// <param name="cdb">The CDB; its length is taken as given.</param>
    /// <param name="direction">Which way its data go.</param>
    /// <param name="length">Length of the data in bytes; for both directions, of the data out.</param>
    /// <param name="dataOut">The initiator's data; may be left out.</param>
    /// <param name="bidirectionalLength">Length of the data in of a command with both directions.</param>
    /// <param name="tag">Kept in the command.</param>
    public FakeCommand Submit(
        ReadOnlySpan<byte> cdb,
        DataDirection direction,
        int length,
        ReadOnlySpan<byte> dataOut = default,
        int bidirectionalLength = 0,
        int tag = 0)
    {
        var command = new FakeCommand
        {
            CdbBytes = cdb.ToArray(),
            OutBytes = dataOut.ToArray(),
            Direction = direction,
            OutLength = direction == DataDirection.In ? 0 : length,
            InLength = direction == DataDirection.In ? length : bidirectionalLength,
            Tag = tag,
        };
        Submit(command);
        return command;
    }

    /// <summary>Sends a command once more that is completed. Allocates nothing from the second time on.</summary>
    public void Submit(FakeCommand command)
    {
        lock (Mutex)
        {
            command.State = FakeCommandState.Queued;
            command.Completions = 0;
            if (IsBlocked)
            {
                Finish(command, ScsiStatus.Busy);
            }
            else if (IsBroken)
            {
                FinishWithSense(command, SenseKey.NotReady, AdditionalSenseCode.LogicalUnitCommunicationFailure);
            }
            else if (EntryBytes(command) > MaximumEntryBytes || BlocksOf(command) > _options.DataBlocks)
            {
                FinishWithSense(command, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCdb);
            }
            else if (_waiting.Count > 0 || !TryPublish(command))
            {
                _waiting.Enqueue(command);
            }
        }
    }

    /// <summary>Sends a task management notification for commands on the ring.</summary>
    /// <returns>False where there is no room for it.</returns>
    public bool SubmitTaskManagement(byte function, params ReadOnlySpan<ushort> commandIds)
    {
        lock (Mutex)
        {
            int length = (FixedTaskManagementBytes + (commandIds.Length * sizeof(ushort)) + 7) & ~7;
            if (!HasRoom(length))
            {
                return false;
            }

            byte* entry = BeginEntry(length, OpcodeTaskManagement, 0);
            entry[8] = function;
            *(uint*)(entry + 12) = (uint)commandIds.Length;
            commandIds.CopyTo(new Span<ushort>(entry + FixedTaskManagementBytes, commandIds.Length));
            Publish(length);
            return true;
        }
    }

    /// <summary>Puts an entry into the ring as it is, right or wrong.</summary>
    /// <param name="entry">Its bytes, a multiple of 8.</param>
    /// <param name="fix">Called with the entry's offset in the ring before it is published, to fill in what depends on it.</param>
    public void PublishRaw(ReadOnlySpan<byte> entry, Action<uint, nint>? fix = null)
    {
        lock (Mutex)
        {
            if (!HasRoom(entry.Length))
            {
                throw new InvalidOperationException("The ring is full.");
            }

            byte* place = BeginEntry(entry.Length, OpcodePad, 0);
            entry.CopyTo(new Span<byte>(place, entry.Length));
            fix?.Invoke(_head, (nint)place);
            Publish(entry.Length);
        }
    }

    /// <summary>Sends a command whose entry a test then spoils, before it becomes visible.</summary>
    /// <param name="cdb">The CDB.</param>
    /// <param name="length">Data-In length in bytes.</param>
    /// <param name="spoil">Gets the address of the entry.</param>
    public FakeCommand SubmitSpoilt(ReadOnlySpan<byte> cdb, int length, Action<nint> spoil)
    {
        lock (Mutex)
        {
            _spoil = spoil;
            try
            {
                return Submit(cdb, DataDirection.In, length);
            }
            finally
            {
                _spoil = null;
            }
        }
    }

    /// <summary>Events are held back until <see cref="Unplug"/>; entries become visible all the same.</summary>
    public void Plug()
    {
        lock (Mutex)
        {
            _plugged++;
        }
    }

    /// <summary>One event for everything that came since <see cref="Plug"/>.</summary>
    public void Unplug()
    {
        lock (Mutex)
        {
            if (--_plugged == 0 && _isUnannounced)
            {
                Announce();
            }
        }
    }

    private Action<nint>? _spoil;

    private int EntryBytes(FakeCommand command) =>
        Math.Max(FixedRequestBytes + (VectorBytes * BlocksOf(command)), MinimumRequestBytes) + ((command.CdbBytes.Length + 7) & ~7);

    private int BlocksOf(FakeCommand command) => BlocksFor(command.OutLength) + BlocksFor(command.InLength);

    private int BlocksFor(int length) => (length + _options.BlockSizeBytes - 1) / _options.BlockSizeBytes;

    private bool TryPublish(FakeCommand command)
    {
        int blocks = BlocksOf(command);
        int id = _firstFreeId;
        while (id <= _options.CommandIds && _commands[id] is not null)
        {
            id++;
        }

        // Room is asked for the longest form of the entry: one vector per block.
        if (id > _options.CommandIds || blocks > _freeBlocks || !HasRoom(EntryBytes(command)))
        {
            return false;
        }

        _firstFreeId = id + 1;
        _commands[id] = command;
        command.Id = (ushort)id;
        command.State = FakeCommandState.OnRing;
        OnRing++;
        TakeBlocks(command, blocks);
        WriteEntry(command);
        return true;
    }

    private void WriteEntry(FakeCommand command)
    {
        Span<(long Base, long Length)> vectors = stackalloc (long, long)[command.BlockCount];
        int outVectors = Vectors(command, 0, command.OutBlockCount, command.OutLength, vectors);
        int inVectors = Vectors(command, command.OutBlockCount, command.BlockCount, command.InLength, vectors[outVectors..]);
        int count = outVectors + inVectors;
        int fixedBytes = Math.Max(FixedRequestBytes + (VectorBytes * count), MinimumRequestBytes);
        int length = fixedBytes + ((command.CdbBytes.Length + 7) & ~7);
        if (_options.MovesData)
        {
            CopyOut(command);
        }

        byte* entry = BeginEntry(length, OpcodeCommand, command.Id);
        bool isBoth = command.Direction == DataDirection.Both;
        *(uint*)(entry + 8) = (uint)(isBoth ? outVectors : count);
        *(uint*)(entry + 12) = (uint)(isBoth ? inVectors : 0);
        *(ulong*)(entry + 24) = (ulong)(entry - _map) + (ulong)fixedBytes;
        for (int index = 0; index < count; index++)
        {
            *(long*)(entry + FixedRequestBytes + (VectorBytes * index)) = vectors[index].Base;
            *(long*)(entry + FixedRequestBytes + (VectorBytes * index) + 8) = vectors[index].Length;
        }

        command.CdbBytes.CopyTo(new Span<byte>(entry + fixedBytes, command.CdbBytes.Length));
        _spoil?.Invoke((nint)entry);
        Publish(length);
    }

    // Neighbouring blocks become one vector.
    private int Vectors(FakeCommand command, int first, int end, int length, Span<(long Base, long Length)> vectors)
    {
        int count = 0;
        for (int index = first; index < end; index++)
        {
            long start = DataOffset + ((long)command.Blocks[index] * _options.BlockSizeBytes);
            int part = Math.Min(length, _options.BlockSizeBytes);
            length -= part;
            if (count > 0 && vectors[count - 1].Base + vectors[count - 1].Length == start)
            {
                vectors[count - 1].Length += part;
            }
            else
            {
                vectors[count++] = (start, part);
            }
        }

        return count;
    }

    private void TakeBlocks(FakeCommand command, int blocks)
    {
        if (command.Blocks.Length < blocks)
        {
            command.Blocks = new int[blocks];
        }

        command.BlockCount = blocks;
        command.OutBlockCount = BlocksFor(command.OutLength);
        _freeBlocks -= blocks;
        int block = _firstFreeBlock;
        for (int index = 0; index < blocks; index++, block++)
        {
            while (_usedBlocks[block])
            {
                block++;
            }

            _usedBlocks[block] = true;
            command.Blocks[index] = block;
        }

        _firstFreeBlock = block;
    }

    private bool HasRoom(int length)
    {
        uint toEnd = _options.RingSizeBytes - _head;
        uint needed = (uint)length + (toEnd < length ? toEnd : 0);
        uint used = _head >= _cleaned ? _head - _cleaned : _options.RingSizeBytes - _cleaned + _head;
        return _options.RingSizeBytes - used - 1 >= needed;
    }

    private byte* BeginEntry(int length, uint opcode, ushort id)
    {
        uint toEnd = _options.RingSizeBytes - _head;
        if (toEnd < length)
        {
            Pads++;
            WriteHeader((int)toEnd, OpcodePad, 0);
            Publish((int)toEnd);
        }

        return WriteHeader(length, opcode, id);
    }

    private byte* WriteHeader(int length, uint opcode, ushort id)
    {
        byte* entry = _map + MailboxBytes + _head;
        new Span<byte>(entry, length).Clear();
        *(uint*)entry = (uint)length | opcode;
        *(ushort*)(entry + 4) = id;
        return entry;
    }

    private void Publish(int length)
    {
        if (_options.ChecksRing)
        {
            new ReadOnlySpan<byte>(_map + MailboxBytes + _head, length).CopyTo(_shadow.AsSpan((int)_head));
        }

        _head = (uint)((_head + length) % _options.RingSizeBytes);
        Volatile.Write(ref *(uint*)(_map + HeadOffset), _head);
        if (_plugged == 0)
        {
            Announce();
        }
        else
        {
            _isUnannounced = true;
        }
    }

    private void Announce()
    {
        _isUnannounced = false;
        EventCounter++;
        _channel?.Signal();
    }
}

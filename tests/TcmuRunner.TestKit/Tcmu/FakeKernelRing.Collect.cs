// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.TestKit.Tcmu;

public sealed unsafe partial class FakeKernelRing
{
    private const byte FlagUnknownOpcode = 1;
    private const byte FlagReadLength = 2;
    private const byte CheckCondition = 2;
    private const ushort CapabilityReadLength = 2;
    private const int ResponseBytes = 112;

    /// <summary>The initiator gives up on a command; its entry and id stay taken until the consumer answers.</summary>
    public void Expire(FakeCommand command)
    {
        lock (Mutex)
        {
            command.State = FakeCommandState.Expired;
            command.Status = ScsiStatus.CheckCondition;
        }
    }

    /// <summary>What the kernel does when it is told of answers.</summary>
    /// <returns>False when the device is gone.</returns>
    internal bool ProcessCompletions()
    {
        lock (Mutex)
        {
            if (IsRemoved)
            {
                return false;
            }

            _plugged++;
            uint tail = Tail;
            CheckAll(tail);
            while (_cleaned != tail && !IsBroken)
            {
                Collect(tail);
            }

            SubmitWaiting();
            Unplug();
            return true;
        }
    }

    private void SubmitWaiting()
    {
        while (_waiting.TryPeek(out FakeCommand? command) && TryPublish(command))
        {
            _waiting.Dequeue();
        }
    }

    private void Collect(uint tail)
    {
        byte* entry = _map + MailboxBytes + _cleaned;
        uint word = *(uint*)entry;
        uint length = word & ~OpcodeMask;
        uint limit = tail > _cleaned ? tail - _cleaned : _options.RingSizeBytes - _cleaned;
        if (length == 0 || length > limit)
        {
            Violate($"The tail {tail} is not at the end of an entry: at {_cleaned} stands one of {length} bytes.");
            IsBroken = true;
            return;
        }

        uint opcode = word & OpcodeMask;
        if (opcode == OpcodeCommand)
        {
            CollectCommand(entry);
        }
        else if (opcode is not (OpcodePad or OpcodeTaskManagement))
        {
            FlaggedUnknownEntries += (entry[7] & FlagUnknownOpcode) != 0 ? 1 : 0;
        }

        // A late look at the request finds this instead.
        if (_options.ChecksRing && !IsBroken)
        {
            new Span<byte>(entry, (int)length).Fill(FreedEntryPattern);
        }

        _cleaned = (_cleaned + length) % _options.RingSizeBytes;
    }

    private void CollectCommand(byte* entry)
    {
        ushort id = *(ushort*)(entry + 4);
        if (id >= _commands.Length || _commands[id] is not { } command)
        {
            Violate($"cmd_id {id} not found, ring is broken.");
            IsBroken = true;
            return;
        }

        byte flags = entry[7];
        byte status = entry[8];
        bool wasExpired = command.State == FakeCommandState.Expired;
        command.ReturnedLength = 0;
        if ((flags & FlagUnknownOpcode) != 0)
        {
            Free(command);
            FinishWithSense(command, SenseKey.NotReady, AdditionalSenseCode.LogicalUnitCommunicationFailure);
            return;
        }

        if (status == CheckCondition)
        {
            new ReadOnlySpan<byte>(entry + 16, FakeCommand.SenseBytes).CopyTo(command.Sense);
        }

        if (!wasExpired)
        {
            CopyIn(command, flags, status, *(uint*)(entry + 12));
        }

        Free(command);
        Collected++;
        if (wasExpired)
        {
            // The initiator has had its answer already; this one only gives the resources back.
            command.Completions++;
            return;
        }

        Finish(command, (ScsiStatus)status);
    }

    // The kernel's rules for what goes back to the initiator.
    private void CopyIn(FakeCommand command, byte flags, byte status, uint readLength)
    {
        if (command.Direction is not (DataDirection.In or DataDirection.Both))
        {
            return;
        }

        bool isLimited = (flags & FlagReadLength) != 0
            && (_options.Flags & CapabilityReadLength) != 0
            && command.Direction == DataDirection.In
            && readLength != 0;
        if (status == CheckCondition && !isLimited)
        {
            return;
        }

        command.ReturnedLength = isLimited ? (int)Math.Min(readLength, (uint)command.InLength) : command.InLength;
        if (!_options.MovesData)
        {
            return;
        }

        if (command.InBytes.Length < command.InLength)
        {
            command.InBytes = new byte[command.InLength];
        }

        for (int index = command.OutBlockCount, done = 0; index < command.BlockCount && done < command.ReturnedLength; index++)
        {
            int part = Math.Min(_options.BlockSizeBytes, command.ReturnedLength - done);
            new ReadOnlySpan<byte>(Block(command.Blocks[index]), part).CopyTo(command.InBytes.AsSpan(done));
            done += part;
        }
    }

    private void CopyOut(FakeCommand command)
    {
        for (int index = 0, done = 0; index < command.OutBlockCount && done < command.OutBytes.Length; index++)
        {
            int part = Math.Min(_options.BlockSizeBytes, command.OutBytes.Length - done);
            command.OutBytes.AsSpan(done, part).CopyTo(new Span<byte>(Block(command.Blocks[index]), part));
            done += part;
        }
    }

    private byte* Block(int number) => _map + DataOffset + ((long)number * _options.BlockSizeBytes);

    private void Free(FakeCommand command)
    {
        for (int index = 0; index < command.BlockCount; index++)
        {
            int block = command.Blocks[index];
            _usedBlocks[block] = false;
            _firstFreeBlock = Math.Min(_firstFreeBlock, block);
            if (_options.MovesData)
            {
                new Span<byte>(Block(block), _options.BlockSizeBytes).Fill(FreedBlockPattern);
            }
        }

        _freeBlocks += command.BlockCount;
        _commands[command.Id] = null;
        _firstFreeId = Math.Min(_firstFreeId, command.Id);
        OnRing--;
    }

    private void FinishWithSense(FakeCommand command, SenseKey key, AdditionalSenseCode code)
    {
        Array.Clear(command.Sense);
        (command.Sense[0], command.Sense[2]) = (0x70, (byte)key);
        (command.Sense[12], command.Sense[13]) = ((byte)((ushort)code >> 8), (byte)code);
        Finish(command, ScsiStatus.CheckCondition);
    }

    private void Finish(FakeCommand command, ScsiStatus status)
    {
        command.Status = status;
        command.State = FakeCommandState.Completed;
        if (++command.Completions > 1)
        {
            Violate($"Command {command.Tag} was answered {command.Completions} times.");
        }

        Completed?.Invoke(command);
    }

    // Every byte of every entry that stands between the cleaned index and the head: only what the protocol allows may have changed.
    private void CheckAll(uint tail)
    {
        if (!_options.ChecksRing || IsBroken)
        {
            return;
        }

        if (*(ushort*)_map != 2 || *(uint*)(_map + HeadOffset) != _head || *(uint*)(_map + 8) != _options.RingSizeBytes)
        {
            Violate("The consumer wrote to the mailbox.");
        }

        bool isBehindTail = _cleaned != tail;
        for (uint offset = _cleaned; offset != _head;)
        {
            isBehindTail &= offset != tail;
            uint word = BitConverter.ToUInt32(_shadow, (int)offset);
            int length = (int)(word & ~OpcodeMask);
            var seen = new ReadOnlySpan<byte>(_map + MailboxBytes + offset, length);
            ReadOnlySpan<byte> written = _shadow.AsSpan((int)offset, length);
            CheckEntry(offset, seen, written, word & OpcodeMask, isBehindTail);
            offset = (uint)((offset + length) % _options.RingSizeBytes);
        }
    }

    private void CheckEntry(uint offset, ReadOnlySpan<byte> seen, ReadOnlySpan<byte> written, uint opcode, bool isAnswered)
    {
        bool isCommand = opcode == OpcodeCommand;
        bool mayBeFlagged = (isCommand && isAnswered) || opcode > OpcodeTaskManagement;
        bool isUntouched = seen[..4].SequenceEqual(written[..4])
            && (isAnswered && isCommand || seen[4..6].SequenceEqual(written[4..6]))
            && seen[6] == written[6]
            && (mayBeFlagged || seen[7] == written[7]);
        int rest = isCommand && isAnswered ? ResponseBytes : 8;
        if (!isUntouched || !seen[rest..].SequenceEqual(written[rest..]))
        {
            Violate($"The consumer wrote where it must not, in the entry at {offset}.");
        }
    }
}

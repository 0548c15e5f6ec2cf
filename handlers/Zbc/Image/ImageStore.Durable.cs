// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <content>Journal and checkpoints. Everything here runs under the gate.</content>
internal sealed partial class ImageStore
{
    /// <summary>Applies an entry of the journal to a state.</summary>
    public static ImageState Apply(ImageState state, JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case JournalEntryKind.Zone when (uint)entry.Index < (uint)state.Zones.Length:
                state.Zones[entry.Index] = entry.Value;
                return state;
            case JournalEntryKind.Realm when (uint)entry.Index < (uint)state.RealmDomains.Length:
                state.RealmDomains[entry.Index] = (byte)entry.Value;
                return state;
            case JournalEntryKind.Parameters:
                Span<byte> bytes = stackalloc byte[ImageFormat.ParametersBytes];
                state.Parameters.Write(bytes);
                BinaryPrimitives.WriteUInt64LittleEndian(bytes[(8 * (entry.Index & 1))..], entry.Value);
                return state with { Parameters = DeviceParameters.Read(bytes) };
            default:
                return state;
        }
    }

    private void AddParameters(ref int count)
    {
        Span<byte> bytes = stackalloc byte[ImageFormat.ParametersBytes];
        Parameters.Write(bytes);
        AddEntry(ref count, new JournalEntry(JournalEntryKind.Parameters, 0, BinaryPrimitives.ReadUInt64LittleEndian(bytes)));
        AddEntry(ref count, new JournalEntry(JournalEntryKind.Parameters, 1, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])));
    }

    // Through the journal where there is room, as a checkpoint where not: either is one step for whoever reads it.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> WriteEntriesAsync(int count)
    {
        if (count == 0 && !_needsCheckpoint)
        {
            return IoStatus.Good;
        }

        ApplyToDurable(count);
        int blocks = Journal.BlocksFor(count);
        if (_needsCheckpoint || blocks > JournalBufferBlocks || blocks > ImageFormat.JournalBlocks - _journalPosition)
        {
            return await WriteCheckpointAsync().ConfigureAwait(false);
        }

        int length = blocks * ImageFormat.BlockBytes;
        Journal.Write(_entries.AsSpan(0, count), _generation, _journalPosition, _journalBuffer.Span[..length]);
        long offset = Header.JournalOffset + ((long)_journalPosition * ImageFormat.BlockBytes);
        IoStatus status = await _file.WriteAsync(
            offset, _journalBuffer.List.Slice(0, length), WriteOptions.ForceUnitAccess, CancellationToken.None).ConfigureAwait(false);

        // What the journal holds after a failure is not known, and nothing may follow it.
        _needsCheckpoint = !status.IsGood;
        _journalPosition += status.IsGood ? blocks : 0;
        return status;
    }

    private void ApplyToDurable(int count)
    {
        foreach (JournalEntry entry in _entries.AsSpan(0, count))
        {
            _durable = Apply(_durable, entry);
        }
    }

    private async ValueTask<IoStatus> WriteCheckpointAsync()
    {
        int length = (int)ImageFormat.CheckpointBytes(Header.ZoneCount, Header.RealmCount);
        _checkpointBuffer ??= new IoBuffer(length);
        long generation = _generation + 1;
        Checkpoint.Write(Header, generation, _durable, _checkpointBuffer.Span);
        long offset = (generation & 1) == 0 ? Header.CheckpointOffset : Header.SecondCheckpointOffset;
        _needsCheckpoint = true;
        IoStatus status = await _file.WriteAsync(offset, _checkpointBuffer.List, WriteOptions.ForceUnitAccess, CancellationToken.None).ConfigureAwait(false);
        if (status.IsGood)
        {
            _generation = generation;
            _journalPosition = 0;
            _needsCheckpoint = false;
        }

        return status;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <content>REPORT ZONES (ZBC-2 5).</content>
internal sealed partial class ZbcDevice
{
    private const int ReportHeaderBytes = 64;
    private const int ZoneDescriptorBytes = 64;
    private const int ReportAllButGaps = 0x3E;

    private ValueTask<IoStatus> ReportZones(IRawCommand command)
    {
        ReadOnlySpan<byte> cdb = command.Cdb;
        ulong start = BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]);
        uint allocationLength = BinaryPrimitives.ReadUInt32BigEndian(cdb[10..]);
        bool isPartial = (cdb[14] & 0x80) != 0;
        int options = cdb[14] & 0x3F;
        if (options is not (<= 0x08 or 0x10 or 0x11 or ReportAllButGaps or 0x3F))
        {
            return Refuse(ZoneError.InvalidFieldInCdb);
        }

        if (start >= (ulong)_layout.BlockCount)
        {
            return Refuse(ZoneError.LogicalBlockAddressOutOfRange);
        }

        // A report may be large: no more is built than there is room for, and than there are zones.
        int perSlot = _layout.HasCapacityGaps ? 2 : 1;
        int firstSlot = _layout.ZoneOf((long)start);
        long room = Math.Min(allocationLength, command.DataIn.Length);
        int fitting = (int)Math.Clamp((room - ReportHeaderBytes) / ZoneDescriptorBytes, 0, (long)(_layout.ZoneCount - firstSlot) * perSlot);
        var buffer = new ReplyBuffer(ReportHeaderBytes + (fitting * ZoneDescriptorBytes));
        try
        {
            Span<byte> data = buffer.Cleared;
            var summary = new ReportSummary();
            for (int slot = firstSlot; slot < _layout.ZoneCount; slot++)
            {
                bool startsInGap = slot == firstSlot && (long)start - _layout.StartOf(slot) >= _layout.LengthOf(slot);
                if (!startsInGap && Matches(slot, options))
                {
                    AddDescriptor(data, ref summary, slot, isGap: false);
                }

                if (_layout.LengthOf(slot) < _layout.SlotLength(slot) && options is 0 or 0x3F)
                {
                    AddDescriptor(data, ref summary, slot, isGap: true);
                }

                if (isPartial && summary.Count > fitting)
                {
                    break;
                }
            }

            int listed = isPartial ? Math.Min(summary.Count, fitting) : summary.Count;
            BinaryPrimitives.WriteUInt32BigEndian(data, (uint)Math.Min((long)listed * ZoneDescriptorBytes, uint.MaxValue));
            data[4] = summary.Same;
            BinaryPrimitives.WriteInt64BigEndian(data[8..], _layout.BlockCount - 1);
            BinaryPrimitives.WriteInt64BigEndian(data[16..], _layout.HasCapacityGaps ? _layout.ZoneBlocks : 0);
            return Reply(command, data[..(ReportHeaderBytes + (Math.Min(summary.Count, fitting) * ZoneDescriptorBytes))], allocationLength);
        }
        finally
        {
            buffer.Dispose();
        }
    }

    private bool Matches(int zone, int options)
    {
        ZoneState state = _machine.State(zone);
        bool isGap = _layout.TypeOf(zone) == ZoneType.Gap;
        return options switch
        {
            0x00 => true,
            0x01 => state.Condition == ZoneCondition.Empty,
            0x02 => state.Condition == ZoneCondition.ImplicitlyOpened,
            0x03 => state.Condition == ZoneCondition.ExplicitlyOpened,
            0x04 => state.Condition == ZoneCondition.Closed,
            0x05 => state.Condition == ZoneCondition.Full,
            0x06 => state.Condition == ZoneCondition.ReadOnly,
            0x07 => state.Condition == ZoneCondition.Offline,
            0x08 => state.Condition == ZoneCondition.Inactive,
            0x10 => state.IsResetRecommended,
            0x11 => state.IsNonSequential,
            ReportAllButGaps => isGap == (_hasDomains && _settings.Dialect == Dialect.Draft5),
            _ => state.Condition == ZoneCondition.NotWritePointer,
        };
    }

    private void AddDescriptor(Span<byte> data, ref ReportSummary summary, int slot, bool isGap)
    {
        ZoneType type = isGap ? ZoneType.Gap : _layout.TypeOf(slot);
        long length = isGap ? _layout.SlotLength(slot) - _layout.LengthOf(slot) : _layout.LengthOf(slot);
        int offset = ReportHeaderBytes + (summary.Count * ZoneDescriptorBytes);
        summary.Add(type, length);
        if (offset >= data.Length)
        {
            return;
        }

        long start = _layout.StartOf(slot) + (isGap ? _layout.LengthOf(slot) : 0);
        ZoneState state = isGap ? new ZoneState(ZoneCondition.NotWritePointer, 0) : _machine.State(slot);
        Span<byte> descriptor = data.Slice(offset, ZoneDescriptorBytes);
        descriptor[0] = (byte)type;
        descriptor[1] = (byte)(((int)state.Condition << 4) | (state.IsNonSequential ? 0x02 : 0) | (state.IsResetRecommended ? 0x01 : 0));
        BinaryPrimitives.WriteInt64BigEndian(descriptor[8..], length);
        BinaryPrimitives.WriteInt64BigEndian(descriptor[16..], start);
        BinaryPrimitives.WriteInt64BigEndian(descriptor[24..], ReportedWritePointer(type, state, start, length));
    }

    // Where the standard calls the write pointer invalid it is all ones, except that a full zone's is its end, as hosts have come to expect.
    private static long ReportedWritePointer(ZoneType type, ZoneState state, long start, long length) => state.Condition switch
    {
        ZoneCondition.Empty or ZoneCondition.Closed or ZoneCondition.ImplicitlyOpened or ZoneCondition.ExplicitlyOpened => start + state.WritePointer,
        ZoneCondition.Full when type != ZoneType.SequentialOrBeforeRequired => start + length,
        _ => -1,
    };

    /// <summary>Counts descriptors, and finds out what they have in common: SAME.</summary>
    private struct ReportSummary
    {
        private ZoneType _type;
        private long _length;
        private bool _typesDiffer;
        private bool _lengthsDiffer;
        private bool _lastDiffers;

        public int Count { get; private set; }

        /// <summary>0: differing, 1: one type and length, 2: the last is of another length, 3: one length.</summary>
        public readonly byte Same => (_typesDiffer, _lengthsDiffer, _lastDiffers) switch
        {
            _ when Count == 0 => 0,
            (false, false, false) => 1,
            (false, false, true) => 2,
            (true, false, false) => 3,
            _ => 0,
        };

        public void Add(ZoneType type, long length)
        {
            if (Count++ == 0)
            {
                (_type, _length) = (type, length);
                return;
            }

            _typesDiffer |= type != _type;
            _lengthsDiffer |= _lastDiffers;
            _lastDiffers = length != _length;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>What is known of blocks without reading them: GET LBA STATUS, PRE-FETCH, READ DEFECT DATA (SBC-4).</content>
public sealed partial class LogicalUnit
{
    private const int LargestExtentList = 64;

    internal ValueTask<IoStatus> GetLbaStatus(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        ulong first = BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]);
        uint allocationLength = BinaryPrimitives.ReadUInt32BigEndian(cdb[10..]);
        if (cdb[14] != 0)
        {
            // REPORT TYPE: only "all" is known.
            return InvalidFieldInCdb(task);
        }

        if (first >= (ulong)BlockCount)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.LogicalBlockAddressOutOfRange);
        }

        int count = (int)Math.Clamp((allocationLength - 8L) / 16, 1, LargestExtentList);
        return GetLbaStatusAsync(_device, task, (long)first, count, allocationLength);
    }

    internal ValueTask<IoStatus> PreFetch(ScsiTask task)
    {
        BlockRange range = BlockRange.FromCdb(task.Cdb);
        if (!range.IsInside(BlockCount))
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.LogicalBlockAddressOutOfRange);
        }

        // GOOD means that the cache has not taken all of the blocks (SBC-4 PRE-FETCH (10)); CONDITION MET would promise that it has.
        return Good();
    }

    internal static ValueTask<IoStatus> ReadDefectData10(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        return Reply(task, [0, (byte)(cdb[2] & 0x1F), 0, 0], BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]));
    }

    internal static ValueTask<IoStatus> ReadDefectData12(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        return Reply(task, [0, (byte)(cdb[1] & 0x1F), 0, 0, 0, 0, 0, 0], BinaryPrimitives.ReadUInt32BigEndian(cdb[6..]));
    }

    private async ValueTask<IoStatus> GetLbaStatusAsync(BackingDevice device, ScsiTask task, long first, int most, uint allocationLength)
    {
        byte[] list = new byte[8 + (most * 16)];
        int used = 0;
        long end = BlockCount;
        ExtentState last = default;
        for (long next = first; next < end;)
        {
            Extent extent = device.Extents is null
                ? new Extent((end - next) << device.BlockShift, ExtentState.Mapped)
                : await device.Extents.GetExtentAsync(next << device.BlockShift, (end - next) << device.BlockShift, task.Cancellation).ConfigureAwait(false);
            if (!extent.Status.IsGood)
            {
                return extent.Status;
            }

            long blocks = Math.Min(Math.Max(extent.LengthBytes >> device.BlockShift, 1), Math.Min(end - next, uint.MaxValue));
            if (used != 0 && last == extent.State && TryExtend(list.AsSpan(8 + ((used - 1) * 16)), blocks))
            {
                next += blocks;
                continue;
            }

            if (used == most)
            {
                break;
            }

            WriteExtent(list.AsSpan(8 + (used * 16)), next, (uint)blocks, extent.State);
            last = extent.State;
            used++;
            next += blocks;
        }

        int length = 8 + (used * 16);
        BinaryPrimitives.WriteUInt32BigEndian(list, (uint)(length - 4));
        task.Reply(list.AsSpan(0, length), allocationLength);
        return IoStatus.Good;
    }

    private static bool TryExtend(Span<byte> descriptor, long blocks)
    {
        long total = BinaryPrimitives.ReadUInt32BigEndian(descriptor[8..]) + blocks;
        if (total > uint.MaxValue)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(descriptor[8..], (uint)total);
        return true;
    }

    private static void WriteExtent(Span<byte> descriptor, long first, uint blocks, ExtentState state)
    {
        const byte deallocated = 0x01;
        BinaryPrimitives.WriteUInt64BigEndian(descriptor, (ulong)first);
        BinaryPrimitives.WriteUInt32BigEndian(descriptor[8..], blocks);
        descriptor[12] = state == ExtentState.Deallocated ? deallocated : (byte)0;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>UNMAP (SBC-4 UNMAP). One descriptor, which is what initiators send, allocates nothing.</content>
public sealed partial class LogicalUnit
{
    private const byte AnchorInUnmap = 0x01;
    private const int LargestUnmapList = UnmapParameterList.HeaderLength + (BlockLimits.UnmapDescriptors * UnmapParameterList.DescriptorLength);

    internal ValueTask<IoStatus> Unmap(ScsiTask task)
    {
        ReadOnlySpan<byte> cdb = task.Cdb;
        if ((cdb[1] & AnchorInUnmap) != 0)
        {
            return InvalidFieldInCdb(task);
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]);
        if (length == 0)
        {
            return Good();
        }

        if (length < UnmapParameterList.HeaderLength || length > task.DataOut.Length)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.ParameterListLengthError);
        }

        // Copied out once: what was checked is what is done, whatever happens to the initiator's memory.
        byte[] buffer = ArrayPool<byte>.Shared.Rent(LargestUnmapList + UnmapParameterList.DescriptorLength);
        bool isLent = false;
        try
        {
            int copied = task.DataOut.CopyTo(buffer.AsSpan(0, Math.Min(length, LargestUnmapList + UnmapParameterList.DescriptorLength)));
            var list = new UnmapParameterList(buffer.AsSpan(0, copied));
            AdditionalSenseCode error = CheckDescriptors(list, out BlockRange bounds, out int used);
            if (error != AdditionalSenseCode.None)
            {
                return Refuse(task, SenseKey.IllegalRequest, error);
            }

            if (bounds.Count == 0 && used == 0)
            {
                return Good();
            }

            bool isClaimed = ClaimBounds(task, list, out ValueTask<IoStatus> wait);
            if (isClaimed && used == 1)
            {
                return UnmapBlocks(_device, bounds, task.Cancellation);
            }

            isLent = true;
            return UnmapAllAsync(isClaimed ? new(IoStatus.Good) : wait, task, buffer, copied);
        }
        finally
        {
            if (!isLent)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    // Every descriptor is checked before the first one is carried out.
    private AdditionalSenseCode CheckDescriptors(UnmapParameterList list, out BlockRange last, out int used)
    {
        last = default;
        used = 0;
        if (list.Count > BlockLimits.UnmapDescriptors)
        {
            return AdditionalSenseCode.InvalidFieldInParameterList;
        }

        long blockCount = BlockCount;
        ulong total = 0;
        for (int index = 0; index < list.Count; index++)
        {
            BlockRange range = list[index];
            total += range.Count;
            if (total > _limits.Unmap)
            {
                return AdditionalSenseCode.InvalidFieldInParameterList;
            }

            if (!range.IsInside(blockCount))
            {
                return AdditionalSenseCode.LogicalBlockAddressOutOfRange;
            }

            if (range.Count != 0)
            {
                last = range;
                used++;
            }
        }

        return AdditionalSenseCode.None;
    }

    // One claim from the lowest to the highest block: a command makes one claim only, and it matters to COMPARE AND WRITE alone.
    private bool ClaimBounds(ScsiTask task, UnmapParameterList list, out ValueTask<IoStatus> wait)
    {
        long first = long.MaxValue;
        long end = 0;
        for (int index = 0; index < list.Count; index++)
        {
            BlockRange range = list[index];
            if (range.Count != 0)
            {
                first = Math.Min(first, (long)range.LogicalBlockAddress);
                end = Math.Max(end, (long)range.LogicalBlockAddress + range.Count);
            }
        }

        return _ranges.TryEnter(task.Range, first, end, false, task.Cancellation, out wait);
    }

    private ValueTask<IoStatus> UnmapBlocks(BackingDevice device, BlockRange range, CancellationToken cancellationToken)
    {
        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        ValueTask<IoStatus> operation = device.Unmap!.UnmapAsync(offset, (long)range.Count << device.BlockShift, cancellationToken);
        return MustFlushAfterChange(device) ? FlushAfterAsync(operation, device, cancellationToken) : operation;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> UnmapAllAsync(ValueTask<IoStatus> wait, ScsiTask task, byte[] buffer, int length)
    {
        try
        {
            IoStatus status = await wait.ConfigureAwait(false);
            BackingDevice device = _device;
            int count = new UnmapParameterList(buffer.AsSpan(0, length)).Count;

            // The first error ends the command and is its result.
            for (int index = 0; index < count && status.IsGood; index++)
            {
                BlockRange range = new UnmapParameterList(buffer.AsSpan(0, length))[index];
                if (range.Count != 0)
                {
                    status = task.Cancellation.IsCancellationRequested
                        ? IoOutcome.Aborted
                        : await device.Unmap!.UnmapAsync(
                            (long)range.LogicalBlockAddress << device.BlockShift, (long)range.Count << device.BlockShift, task.Cancellation).ConfigureAwait(false);
                }
            }

            return status.IsGood && MustFlushAfterChange(device) ? await device.Flush!.FlushAsync(task.Cancellation).ConfigureAwait(false) : status;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>VERIFY and WRITE AND VERIFY (SBC-4).</content>
public sealed partial class LogicalUnit
{
    /// <summary>BYTCHK: what the blocks are compared with.</summary>
    private enum ByteCheck
    {
        Nothing = 0,
        DataOut = 1,
        Reserved = 2,
        OneBlock = 3,
    }

    internal ValueTask<IoStatus> Verify(ScsiTask task)
    {
        BackingDevice device = _device;
        ReadOnlySpan<byte> cdb = task.Cdb;
        ByteCheck check = ByteCheckOf(cdb);
        BlockRange range = BlockRange.FromCdb(cdb);
        if ((BlockRange.FlagsOf(cdb) & ProtectMask) != 0 || check == ByteCheck.Reserved || (check == ByteCheck.DataOut && IsTooLong(range)))
        {
            return InvalidFieldInCdb(task);
        }

        if (!range.IsInside(BlockCount))
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.LogicalBlockAddressOutOfRange);
        }

        if (range.Count == 0)
        {
            return Good();
        }

        long wanted = check switch
        {
            ByteCheck.DataOut => (long)range.Count << device.BlockShift,
            ByteCheck.OneBlock => device.BlockSizeBytes,
            _ => 0,
        };
        task.SetTransferLength(wanted);
        return wanted > task.DataOut.Length
            ? Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCommandInformationUnit)
            : VerifyFlushedAsync(device, task, range, check);
    }

    internal ValueTask<IoStatus> WriteAndVerify(ScsiTask task)
    {
        BackingDevice device = _device;
        ReadOnlySpan<byte> cdb = task.Cdb;
        ByteCheck check = ByteCheckOf(cdb);
        BlockRange range = BlockRange.FromCdb(cdb);
        if (check is not (ByteCheck.Nothing or ByteCheck.DataOut))
        {
            return InvalidFieldInCdb(task);
        }

        if (CheckTransfer(range, cdb) is not AdditionalSenseCode.None and var error)
        {
            return Refuse(task, SenseKey.IllegalRequest, error);
        }

        int rest = 0;
        if (!TryTakeData(task, device, ref range, ref rest, allowsRest: false))
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCommandInformationUnit);
        }

        if (range.Count == 0)
        {
            return Good();
        }

        bool isClaimed = Claim(task, range, isExclusive: false, out ValueTask<IoStatus> wait);
        return WriteAndVerifyAsync(isClaimed ? new(IoStatus.Good) : wait, device, task, range, check);
    }

    private static ByteCheck ByteCheckOf(ReadOnlySpan<byte> cdb) => (ByteCheck)((BlockRange.FlagsOf(cdb) >> 1) & 0x03);

    private bool IsTooLong(BlockRange range) => _limits.MaximumTransfer is not 0 and var maximum && range.Count > maximum;

    // The medium is what is verified, so what the cache holds goes there first (SBC-4 VERIFY (10)).
    private async ValueTask<IoStatus> VerifyFlushedAsync(BackingDevice device, ScsiTask task, BlockRange range, ByteCheck check)
    {
        if (device.HasVolatileCache && _writeCacheEnabled)
        {
            IoStatus status = await device.Flush!.FlushAsync(task.Cancellation).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }
        }

        return await VerifyAsync(device, task, range, check).ConfigureAwait(false);
    }

    private static async ValueTask<IoStatus> WriteAndVerifyAsync(
        ValueTask<IoStatus> wait, BackingDevice device, ScsiTask task, BlockRange range, ByteCheck check)
    {
        IoStatus status = await wait.ConfigureAwait(false);
        if (status.IsGood)
        {
            // Written to the medium, not to a cache, and then verified there.
            status = await WriteBlocks(device, task, range, isDurable: true).ConfigureAwait(false);
        }

        return status.IsGood ? await VerifyAsync(device, task, range, check).ConfigureAwait(false) : status;
    }

    private static async ValueTask<IoStatus> VerifyAsync(BackingDevice device, ScsiTask task, BlockRange range, ByteCheck check)
    {
        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        long length = (long)range.Count << device.BlockShift;
        using var buffer = new IoBuffer((int)Math.Min(length, BlockLimits.BounceBytes));
        for (long done = 0; done < length; done += buffer.Length)
        {
            int chunk = (int)Math.Min(buffer.Length, length - done);
            if (task.Cancellation.IsCancellationRequested)
            {
                return IoOutcome.Aborted;
            }

            IoStatus status = await device.Blocks!.ReadAsync(offset + done, buffer.List.Slice(0, chunk), task.Cancellation).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            long difference = check switch
            {
                ByteCheck.DataOut => DifferenceIn(task.DataOut.Slice(done, chunk), buffer.Span[..chunk], done),
                ByteCheck.OneBlock => DifferenceFromBlock(task.DataOut.Slice(0, device.BlockSizeBytes), buffer.Span[..chunk]),
                _ => -1,
            };
            if (difference >= 0)
            {
                return IoStatus.Miscompare(difference);
            }
        }

        return IoStatus.Good;
    }

    private static long DifferenceIn(ScatterList expected, ReadOnlySpan<byte> actual, long start)
    {
        long difference = expected.IndexOfDifference(actual);
        return difference < 0 ? difference : start + difference;
    }

    // The offset counts from the start of the Data-Out buffer, which holds the one block.
    private static long DifferenceFromBlock(ScatterList block, ReadOnlySpan<byte> actual)
    {
        int blockSize = (int)block.Length;
        for (int position = 0; position < actual.Length; position += blockSize)
        {
            long difference = block.IndexOfDifference(actual.Slice(position, blockSize));
            if (difference >= 0)
            {
                return difference;
            }
        }

        return -1;
    }
}

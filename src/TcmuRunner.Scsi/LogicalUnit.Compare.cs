// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>COMPARE AND WRITE (SBC-4 COMPARE AND WRITE): atomic against every other write of its range, from whichever nexus.</content>
public sealed partial class LogicalUnit
{
    internal ValueTask<IoStatus> CompareAndWrite(ScsiTask task)
    {
        BackingDevice device = _device;
        ReadOnlySpan<byte> cdb = task.Cdb;
        BlockRange range = CompareAndWriteRange.FromCdb(cdb);
        if ((cdb[1] & ProtectMask) != 0 || range.Count > _limits.CompareAndWrite)
        {
            return InvalidFieldInCdb(task);
        }

        if (!range.IsInside(BlockCount))
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.LogicalBlockAddressOutOfRange);
        }

        if (range.Count == 0)
        {
            // Data for no block: the number was too large for its field.
            return task.DataOut.IsEmpty ? Good() : InvalidFieldInCdb(task);
        }

        // First what the blocks should hold, then what they shall hold.
        task.SetTransferLength((long)range.Count << (device.BlockShift + 1));
        if (task.DataOut.Length != task.TransferLength)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCommandInformationUnit);
        }

        bool isDurable = IsForced(cdb) || !_writeCacheEnabled;
        bool isClaimed = Claim(task, range, isExclusive: true, out ValueTask<IoStatus> wait);
        return CompareAndWriteAsync(isClaimed ? new(IoStatus.Good) : wait, device, task, range, isDurable);
    }

    private static async ValueTask<IoStatus> CompareAndWriteAsync(
        ValueTask<IoStatus> wait, BackingDevice device, ScsiTask task, BlockRange range, bool isDurable)
    {
        IoStatus status = await wait.ConfigureAwait(false);
        if (!status.IsGood)
        {
            return status;
        }

        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        long length = (long)range.Count << device.BlockShift;
        ScatterList expected = task.DataOut.Slice(0, length);
        ScatterList data = task.DataOut.Slice(length);
        if (device.CompareAndWrite is { } atomic)
        {
            status = await atomic.CompareAndWriteAsync(offset, expected, data, task.Cancellation).ConfigureAwait(false);
            if (status.Outcome != IoOutcome.NotSupported)
            {
                return status.IsGood && isDurable && device.HasVolatileCache
                    ? await device.Flush!.FlushAsync(task.Cancellation).ConfigureAwait(false)
                    : status;
            }
        }

        using var buffer = new IoBuffer((int)length);
        status = await device.Blocks!.ReadAsync(offset, buffer.List, task.Cancellation).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return status;
        }

        long difference = expected.IndexOfDifference(buffer.Span);
        return difference >= 0
            ? IoStatus.Miscompare(difference)
            : await WriteBytes(device, offset, data, isDurable, task.Cancellation).ConfigureAwait(false);
    }
}

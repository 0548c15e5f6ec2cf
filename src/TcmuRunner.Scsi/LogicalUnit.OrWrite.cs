// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>ORWRITE(16) (SBC-4): sets bits, atomic against every other write of its range.</content>
public sealed partial class LogicalUnit
{
    internal ValueTask<IoStatus> OrWrite(ScsiTask task)
    {
        BackingDevice device = _device;
        ReadOnlySpan<byte> cdb = task.Cdb;
        BlockRange range = BlockRange.FromCdb(cdb);
        if (CheckTransfer(range, cdb) is not AdditionalSenseCode.None and var error)
        {
            return Refuse(task, SenseKey.IllegalRequest, error);
        }

        task.SetTransferLength((long)range.Count << device.BlockShift);
        if (task.TransferLength > task.DataOut.Length)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCommandInformationUnit);
        }

        if (range.Count == 0)
        {
            return Good();
        }

        bool isDurable = IsForced(cdb) || !_writeCacheEnabled;
        bool isClaimed = Claim(task, range, isExclusive: true, out ValueTask<IoStatus> wait);
        return OrWriteAsync(isClaimed ? new(IoStatus.Good) : wait, device, task, range, isDurable);
    }

    private static async ValueTask<IoStatus> OrWriteAsync(
        ValueTask<IoStatus> wait, BackingDevice device, ScsiTask task, BlockRange range, bool isDurable)
    {
        IoStatus status = await wait.ConfigureAwait(false);
        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        long length = (long)range.Count << device.BlockShift;
        using var buffer = new IoBuffer((int)Math.Min(length, BlockLimits.BounceBytes));
        for (long done = 0; done < length && status.IsGood; done += buffer.Length)
        {
            ScatterList chunk = buffer.List.Slice(0, Math.Min(buffer.Length, length - done));
            status = await device.Blocks!.ReadAsync(offset + done, chunk, task.Cancellation).ConfigureAwait(false);
            if (status.IsGood)
            {
                Or(buffer.Span, task.DataOut.Slice(done, chunk.Length));
                status = await WriteBytes(device, offset + done, chunk, isDurable, task.Cancellation).ConfigureAwait(false);
            }
        }

        return status;
    }

    private static void Or(Span<byte> bytes, ScatterList bits)
    {
        foreach (Span<byte> segment in bits)
        {
            for (int index = 0; index < segment.Length; index++)
            {
                bytes[index] |= segment[index];
            }

            bytes = bytes[segment.Length..];
        }
    }
}

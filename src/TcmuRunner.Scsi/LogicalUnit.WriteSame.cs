// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>WRITE SAME (SBC-4 WRITE SAME (10) and (16)).</content>
public sealed partial class LogicalUnit
{
    private const byte WriteSame10 = 0x41;

    internal ValueTask<IoStatus> WriteSame(ScsiTask task)
    {
        const byte obsolete = 0x06; // PBDATA, LBDATA
        const byte unmapBit = 0x08;
        const byte anchorBit = 0x10;
        const byte noDataOutBit = 0x01;
        BackingDevice device = _device;
        ReadOnlySpan<byte> cdb = task.Cdb;
        byte flags = BlockRange.FlagsOf(cdb);
        bool hasNoDataOut = (flags & noDataOutBit) != 0;
        bool mayUnmap = (flags & unmapBit) != 0;
        BlockRange range = BlockRange.FromCdb(cdb);

        // In WRITE SAME(10) the bit of NDOB is the obsolete RELADR. WSNZ: zero blocks do not mean "up to the end".
        if ((flags & (ProtectMask | obsolete | anchorBit)) != 0
            || (hasNoDataOut && cdb[0] == WriteSame10)
            || (mayUnmap && !device.UnmapsToZeros)
            || range.Count == 0
            || range.Count > _limits.WriteSame)
        {
            return InvalidFieldInCdb(task);
        }

        if (!range.IsInside(BlockCount))
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.LogicalBlockAddressOutOfRange);
        }

        // Exactly one block, in as many pieces as it likes.
        if (!hasNoDataOut && task.DataOut.Length != device.BlockSizeBytes)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCommandInformationUnit);
        }

        bool isClaimed = Claim(task, range, isExclusive: false, out ValueTask<IoStatus> wait);
        return WriteSameAsync(isClaimed ? new(IoStatus.Good) : wait, device, task, range, hasNoDataOut ? _zeroBlock.List : task.DataOut, mayUnmap);
    }

    private async ValueTask<IoStatus> WriteSameAsync(
        ValueTask<IoStatus> wait, BackingDevice device, ScsiTask task, BlockRange range, ScatterList block, bool mayUnmap)
    {
        IoStatus status = await wait.ConfigureAwait(false);
        if (!status.IsGood)
        {
            return status;
        }

        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        long length = (long)range.Count << device.BlockShift;
        status = IoOutcome.NotSupported;

        // Unmapped blocks read as zeros, so only zeros may be unmapped instead of written.
        if (mayUnmap && block.IsZero())
        {
            status = await device.Unmap!.UnmapAsync(offset, length, task.Cancellation).ConfigureAwait(false);
        }

        if (status.Outcome == IoOutcome.NotSupported && device.WriteSame is { } writer)
        {
            status = await writer.WriteSameAsync(offset, length, block, task.Cancellation).ConfigureAwait(false);
        }

        if (status.Outcome == IoOutcome.NotSupported)
        {
            status = await WritePatternAsync(device, task, offset, length, block).ConfigureAwait(false);
        }

        return status.IsGood && MustFlushAfterChange(device) ? await device.Flush!.FlushAsync(task.Cancellation).ConfigureAwait(false) : status;
    }

    private static async ValueTask<IoStatus> WritePatternAsync(BackingDevice device, ScsiTask task, long offset, long length, ScatterList block)
    {
        using var pattern = new IoBuffer((int)Math.Min(length, BlockLimits.BounceBytes));
        FillPattern(pattern.Span, device.BlockSizeBytes, block);
        IoStatus status = IoStatus.Good;
        for (long done = 0; done < length && status.IsGood; done += pattern.Length)
        {
            long chunk = Math.Min(pattern.Length, length - done);
            status = task.Cancellation.IsCancellationRequested
                ? IoOutcome.Aborted
                : await device.Blocks!.WriteAsync(offset + done, pattern.List.Slice(0, chunk), WriteOptions.None, task.Cancellation).ConfigureAwait(false);
        }

        return status;
    }

    private static void FillPattern(Span<byte> pattern, int blockSize, ScatterList block)
    {
        Span<byte> first = pattern[..blockSize];
        block.CopyTo(first);
        for (int position = blockSize; position < pattern.Length; position += blockSize)
        {
            first.CopyTo(pattern[position..]);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>READ, WRITE and SYNCHRONIZE CACHE (SBC-4 5). A read or write allocates nothing.</content>
public sealed partial class LogicalUnit
{
    private const byte ForceUnitAccess = 0x08;
    private const byte ProtectMask = 0xE0;
    private const byte ImmediateBit = 0x02;

    internal ValueTask<IoStatus> Read(ScsiTask task)
    {
        BackingDevice device = _device;
        ReadOnlySpan<byte> cdb = task.Cdb;
        BlockRange range = BlockRange.FromCdb(cdb);
        if (CheckTransfer(range, cdb) is not AdditionalSenseCode.None and var error)
        {
            return Refuse(task, SenseKey.IllegalRequest, error);
        }

        long length = (long)range.Count << device.BlockShift;
        task.SetTransferLength(length);
        bool isForced = IsForced(cdb) && device.HasVolatileCache && _writeCacheEnabled;
        if (length > task.DataIn.Length)
        {
            return task.ReportsResiduals
                ? ReadPartAsync(device, task, range, isForced)
                : Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCommandInformationUnit);
        }

        if (length == 0)
        {
            return Good();
        }

        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        task.DataInLength = length;

        // FUA asks for what the medium holds; a cached block that is newer goes there first (SBC-4 READ (10)).
        return isForced
            ? FlushThenReadAsync(device, task, offset, length)
            : device.Blocks!.ReadAsync(offset, task.DataIn.Slice(0, length), task.Cancellation);
    }

    internal ValueTask<IoStatus> Write(ScsiTask task)
    {
        BackingDevice device = _device;
        ReadOnlySpan<byte> cdb = task.Cdb;
        BlockRange range = BlockRange.FromCdb(cdb);
        if (CheckTransfer(range, cdb) is not AdditionalSenseCode.None and var error)
        {
            return Refuse(task, SenseKey.IllegalRequest, error);
        }

        int rest = 0;
        if (!TryTakeData(task, device, ref range, ref rest, allowsRest: true))
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCommandInformationUnit);
        }

        if (range.Count == 0 && device.Zoned is null)
        {
            return Good();
        }

        bool isDurable = IsForced(cdb) || !_writeCacheEnabled;
        if (rest != 0)
        {
            bool isAlone = Claim(task, range, isExclusive: true, out ValueTask<IoStatus> turn);
            return WritePartAsync(isAlone ? new(IoStatus.Good) : turn, device, task, range, rest, isDurable);
        }

        return Claim(task, range, isExclusive: false, out ValueTask<IoStatus> wait)
            ? WriteBlocks(device, task, range, isDurable)
            : WriteLaterAsync(wait, device, task, range, isDurable);
    }

    internal ValueTask<IoStatus> SynchronizeCache(ScsiTask task)
    {
        BackingDevice device = _device;
        ReadOnlySpan<byte> cdb = task.Cdb;
        BlockRange range = BlockRange.FromCdb(cdb);
        if (!range.IsInside(BlockCount))
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.LogicalBlockAddressOutOfRange);
        }

        if (!device.HasVolatileCache)
        {
            return Good();
        }

        if ((cdb[1] & ImmediateBit) != 0 && !task.IsPrivileged)
        {
            FlushInBackground();
            return Good();
        }

        // A flush that nobody waited for has failed: somebody has to be told.
        if (!task.IsPrivileged && Interlocked.Exchange(ref _owesFlushFailure, 0) != 0)
        {
            return new(IoOutcome.WriteError);
        }

        // The device's flush knows no range: more is made durable than was asked for.
        return device.Flush!.FlushAsync(task.Cancellation);
    }

    private static bool IsForced(ReadOnlySpan<byte> cdb) => cdb[0] >> 5 != 0 && (BlockRange.FlagsOf(cdb) & ForceUnitAccess) != 0;

    // What the CDB wants to be written must be there. Where the initiator is told of a residual, what there is is enough: the range ends with the
    // last block that has data, of which the last one may have a part only.
    private static bool TryTakeData(ScsiTask task, BackingDevice device, ref BlockRange range, ref int rest, bool allowsRest)
    {
        long length = (long)range.Count << device.BlockShift;
        task.SetTransferLength(length);
        if (length <= task.DataOut.Length)
        {
            return true;
        }

        rest = (int)(task.DataOut.Length % device.BlockSizeBytes);
        if (!task.ReportsResiduals || (rest != 0 && !allowsRest))
        {
            return false;
        }

        range = range with { Count = (uint)((task.DataOut.Length + device.BlockSizeBytes - 1) >> device.BlockShift) };
        return true;
    }

    // Exactly the bytes that came: the rest of the last block stays as it is.
    private static async ValueTask<IoStatus> WritePartAsync(
        ValueTask<IoStatus> turn, BackingDevice device, ScsiTask task, BlockRange range, int rest, bool isDurable)
    {
        IoStatus status = await turn.ConfigureAwait(false);
        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        long whole = task.DataOut.Length - rest;
        if (status.IsGood && whole != 0)
        {
            status = await WriteBytes(device, offset, task.DataOut.Slice(0, whole), isDurable, task.Cancellation).ConfigureAwait(false);
        }

        using var block = new IoBuffer(device.BlockSizeBytes);
        if (status.IsGood)
        {
            status = await device.Blocks!.ReadAsync(offset + whole, block.List, task.Cancellation).ConfigureAwait(false);
        }

        if (!status.IsGood)
        {
            return status;
        }

        task.DataOut.Slice(whole).CopyTo(block.Span);
        return await WriteBytes(device, offset + whole, block.List, isDurable, task.Cancellation).ConfigureAwait(false);
    }

    // The initiator expected less than the CDB says: it gets that much, from as many blocks as it takes.
    private static async ValueTask<IoStatus> ReadPartAsync(BackingDevice device, ScsiTask task, BlockRange range, bool isForced)
    {
        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        long whole = task.DataIn.Length & -(long)device.BlockSizeBytes;
        int rest = (int)(task.DataIn.Length - whole);
        IoStatus status = isForced ? await device.Flush!.FlushAsync(task.Cancellation).ConfigureAwait(false) : IoStatus.Good;
        if (status.IsGood && whole != 0)
        {
            status = await device.Blocks!.ReadAsync(offset, task.DataIn.Slice(0, whole), task.Cancellation).ConfigureAwait(false);
        }

        if (status.IsGood && rest != 0)
        {
            using var block = new IoBuffer(device.BlockSizeBytes);
            status = await device.Blocks!.ReadAsync(offset + whole, block.List, task.Cancellation).ConfigureAwait(false);
            task.DataIn.Slice(whole, rest).CopyFrom(block.Span[..rest]);
        }

        task.DataInLength = task.DataIn.Length;
        return status;
    }

    // READ and WRITE share their checks: protection information is not supported, the transfer has a limit, the blocks must exist.
    private AdditionalSenseCode CheckTransfer(BlockRange range, ReadOnlySpan<byte> cdb)
    {
        // READ(6) and WRITE(6) have address bits where the others have RDPROTECT and WRPROTECT.
        bool hasProtection = cdb[0] >> 5 != 0 && (BlockRange.FlagsOf(cdb) & ProtectMask) != 0;
        return (hasProtection || IsTooLong(range), range.IsInside(BlockCount)) switch
        {
            (true, _) => AdditionalSenseCode.InvalidFieldInCdb,
            (_, false) => AdditionalSenseCode.LogicalBlockAddressOutOfRange,
            _ => AdditionalSenseCode.None,
        };
    }

    private bool Claim(ScsiTask task, BlockRange range, bool isExclusive, out ValueTask<IoStatus> wait)
    {
        long first = (long)range.LogicalBlockAddress;
        return _ranges.TryEnter(task.Range, first, first + range.Count, isExclusive, task.Cancellation, out wait);
    }

    private static ValueTask<IoStatus> WriteBlocks(BackingDevice device, ScsiTask task, BlockRange range, bool isDurable)
    {
        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        return WriteBytes(device, offset, task.DataOut.Slice(0, (long)range.Count << device.BlockShift), isDurable, task.Cancellation);
    }

    // One write; durable before it completes when that is asked for and does not come by itself.
    private static ValueTask<IoStatus> WriteBytes(
        BackingDevice device, long offset, ScatterList data, bool isDurable, CancellationToken cancellationToken)
    {
        if (!isDurable || !device.HasVolatileCache)
        {
            return device.Blocks!.WriteAsync(offset, data, WriteOptions.None, cancellationToken);
        }

        return device.HonoursForceUnitAccess
            ? device.Blocks!.WriteAsync(offset, data, WriteOptions.ForceUnitAccess, cancellationToken)
            : FlushAfterAsync(device.Blocks!.WriteAsync(offset, data, WriteOptions.None, cancellationToken), device, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<IoStatus> FlushAfterAsync(ValueTask<IoStatus> operation, BackingDevice device, CancellationToken cancellationToken)
    {
        IoStatus status = await operation.ConfigureAwait(false);
        return status.IsGood ? await device.Flush!.FlushAsync(cancellationToken).ConfigureAwait(false) : status;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<IoStatus> FlushThenReadAsync(BackingDevice device, ScsiTask task, long offset, long length)
    {
        IoStatus status = await device.Flush!.FlushAsync(task.Cancellation).ConfigureAwait(false);
        return status.IsGood
            ? await device.Blocks!.ReadAsync(offset, task.DataIn.Slice(0, length), task.Cancellation).ConfigureAwait(false)
            : status;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<IoStatus> WriteLaterAsync(
        ValueTask<IoStatus> wait, BackingDevice device, ScsiTask task, BlockRange range, bool isDurable)
    {
        IoStatus status = await wait.ConfigureAwait(false);
        return status.IsGood ? await WriteBlocks(device, task, range, isDurable).ConfigureAwait(false) : status;
    }

    // Whether what a command changes must be durable before it completes although it has no FUA bit.
    private bool MustFlushAfterChange(BackingDevice device) => device.HasVolatileCache && !_writeCacheEnabled;
}

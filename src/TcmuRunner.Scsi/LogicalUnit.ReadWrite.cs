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
        if (length > task.DataIn.Length)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCommandInformationUnit);
        }

        if (length == 0)
        {
            return Good();
        }

        long offset = (long)range.LogicalBlockAddress << device.BlockShift;
        task.DataInLength = length;

        // FUA asks for what the medium holds; a cached block that is newer goes there first (SBC-4 READ (10)).
        return IsForced(cdb) && device.HasVolatileCache && _writeCacheEnabled
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

        long length = (long)range.Count << device.BlockShift;
        if (length > task.DataOut.Length)
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCommandInformationUnit);
        }

        if (length == 0 && device.Zoned is null)
        {
            return Good();
        }

        bool isDurable = IsForced(cdb) || !_writeCacheEnabled;
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

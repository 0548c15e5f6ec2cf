// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>FORMAT UNIT and SANITIZE (SBC-4).</content>
public sealed partial class LogicalUnit
{
    /// <summary>Service actions of SANITIZE.</summary>
    private enum SanitizeAction
    {
        Overwrite = 0x01,
        BlockErase = 0x02,
        ExitFailureMode = 0x1F,
    }

    internal ValueTask<IoStatus> FormatUnit(ScsiTask task)
    {
        const byte protectionInformation = 0xC0;
        const byte longList = 0x20;
        const byte formatData = 0x10;
        const byte completeList = 0x08;
        ReadOnlySpan<byte> cdb = task.Cdb;
        byte flags = cdb[1];
        bool hasList = (flags & formatData) != 0;
        bool isLong = (flags & longList) != 0;

        // No protection information, and no list of defects to complete or to add to.
        if ((flags & protectionInformation) != 0 || (!hasList && (flags & (longList | completeList | 0x07)) != 0))
        {
            return InvalidFieldInCdb(task);
        }

        bool isImmediate = false;
        if (hasList)
        {
            Span<byte> header = stackalloc byte[isLong ? 8 : 4];
            if (task.DataOut.Length < header.Length)
            {
                return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.ParameterListLengthError);
            }

            task.DataOut.CopyTo(header);
            if (!TryReadFormatList(header, out isImmediate))
            {
                return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInParameterList);
            }
        }

        var condition = new UnitCondition(SenseKey.NotReady, AdditionalSenseCode.LogicalUnitNotReadyFormatInProgress, false);
        var failure = new UnitCondition(SenseKey.MediumError, AdditionalSenseCode.FormatCommandFailed, true);
        return FollowSweep(task, StartSweep(condition, failure, ZeroAllAsync, new MediumMark(cdb.ToArray(), [])), isImmediate);
    }

    internal ValueTask<IoStatus> Sanitize(ScsiTask task)
    {
        const byte immediate = 0x80;
        const byte notForUs = 0x40; // ZNR: zoned units
        ReadOnlySpan<byte> cdb = task.Cdb;
        var action = (SanitizeAction)(cdb[1] & CommandTable.ServiceActionMask);
        int length = BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]);
        if ((cdb[1] & notForUs) != 0 || cdb[2..7].ContainsAnyExcept((byte)0) || (length != 0 && action != SanitizeAction.Overwrite))
        {
            return InvalidFieldInCdb(task);
        }

        if (action == SanitizeAction.ExitFailureMode)
        {
            return ExitFailureMode(task);
        }

        byte[] list = [];
        if (action == SanitizeAction.Overwrite)
        {
            if (length <= 4 || length > _device.BlockSizeBytes + 4 || length > task.DataOut.Length)
            {
                return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInCdb);
            }

            list = new byte[length];
            task.DataOut.CopyTo(list);
        }

        return TryReadSanitize(cdb, list, out Func<UnitCondition, Task<IoStatus>> work)
            ? FollowSweep(task, StartSanitize(new MediumMark(cdb.ToArray(), list), work), (cdb[1] & immediate) != 0)
            : Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.InvalidFieldInParameterList);
    }

    // Another sweep is under way: the second command learns how far that is.
    private ValueTask<IoStatus> FollowSweep(ScsiTask task, Sweep? sweep, bool isImmediate) => (sweep, isImmediate) switch
    {
        (null, _) when _condition is { } condition => RefuseNotReady(task, condition),
        (null, _) => new(IoOutcome.Busy),
        (_, true) when sweep.Started.IsCompletedSuccessfully && sweep.Started.Result => Good(),
        _ => WaitForSweepAsync(sweep, isImmediate, task.Cancellation),
    };

    private ValueTask<IoStatus> ExitFailureMode(ScsiTask task)
    {
        lock (_conditionLock)
        {
            if (_condition is not { Code: AdditionalSenseCode.SanitizeCommandFailed } failure)
            {
                return Good();
            }

            if (!failure.MayExit)
            {
                return InvalidFieldInCdb(task);
            }

            _condition = null;
        }

        return _options.MediumStore is null ? Good() : new(Task.Run(() =>
        {
            Unmark();
            return IoStatus.Good;
        }));
    }

    // FOV says whether the other bits count; of them only "no certification" and "stop never" fit a disk without defects.
    private static bool TryReadFormatList(ReadOnlySpan<byte> header, out bool isImmediate)
    {
        const byte immediate = 0x02;
        const byte optionsValid = 0x80;
        const byte initializationPattern = 0x08;
        byte options = header[1];
        isImmediate = (options & immediate) != 0;
        uint defects = header.Length == 4 ? BinaryPrimitives.ReadUInt16BigEndian(header[2..]) : BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        bool hasStrayOptions = (options & optionsValid) == 0 && (options & 0x78) != 0;
        return defects == 0 && (header[0] & 0x07) == 0 && (options & initializationPattern) == 0 && !hasStrayOptions;
    }

    private bool TryReadOverwrite(byte[] list, out Func<UnitCondition, Task<IoStatus>> work)
    {
        bool invert = (list[0] & 0x80) != 0;
        int passes = list[0] & 0x1F;
        int patternLength = BinaryPrimitives.ReadUInt16BigEndian(list.AsSpan(2));
        work = ZeroAllAsync;
        if (passes == 0 || (list[0] & 0x60) != 0 || list[1] != 0 || patternLength == 0 || patternLength != list.Length - 4)
        {
            return false;
        }

        byte[] block = new byte[_device.BlockSizeBytes];
        for (int index = 0; index < block.Length; index++)
        {
            block[index] = list[4 + (index % patternLength)];
        }

        work = condition => OverwriteTimesAsync(condition, block, passes, invert);
        return true;
    }

    private async Task<IoStatus> OverwriteTimesAsync(UnitCondition condition, byte[] block, int passes, bool invert)
    {
        IoStatus status = IoStatus.Good;
        for (int pass = 0; pass < passes && status.IsGood; pass++)
        {
            status = await OverwriteAllAsync(condition, block, pass, passes).ConfigureAwait(false);
            if (invert)
            {
                for (int index = 0; index < block.Length; index++)
                {
                    block[index] = (byte)~block[index];
                }
            }
        }

        return status;
    }
}

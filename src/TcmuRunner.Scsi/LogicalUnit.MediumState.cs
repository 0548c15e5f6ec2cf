// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>
/// What an unfinished FORMAT UNIT or SANITIZE means for the next life of the daemon (SBC-4 4.11, 4.33): a sanitize goes on, from its beginning, and
/// a medium that is half formatted takes no command until it is formatted.
/// </content>
public sealed partial class LogicalUnit
{
    private const byte FormatUnitCode = 0x04, SanitizeCode = 0x48;

    // Fronts bring CDBs that are longer than the command, filled up with zeros.
    private const int SanitizeLength = 10;

    // Before anything is overwritten, and before an initiator is told that it has begun.
    private bool TryMark(MediumMark mark)
    {
        try
        {
            _options.MediumStore?.Save(mark.ToBytes());
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.MediumMarkNotSaved(_logger, Name, _options.MediumStore!.Location, exception.Message);
            return false;
        }
    }

    // A mark that stays is the safe side: the work is done once more.
    private void Unmark()
    {
        try
        {
            _options.MediumStore?.Remove();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.MediumMarkNotRemoved(_logger, Name, _options.MediumStore!.Location, exception.Message);
        }
    }

    private void RestoreMedium()
    {
        if (_options.MediumStore is not { } store)
        {
            return;
        }

        try
        {
            if (store.Load() is { } bytes)
            {
                Restore(MediumMark.Read(bytes));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new HandlerException(
                HandlerErrorKind.Failed,
                $"{Name}: '{store.Location}' tells of a FORMAT UNIT or SANITIZE that has not ended, and cannot be read: {exception.Message} Move it away to use the disk as it is.",
                exception);
        }
    }

    private void Restore(MediumMark mark)
    {
        switch (mark.Cdb)
        {
            case [FormatUnitCode, ..]:
                _condition = new UnitCondition(SenseKey.MediumError, AdditionalSenseCode.MediumFormatCorrupted, true);
                Log.FormatInterrupted(_logger, Name);
                break;
            case [SanitizeCode, ..] when mark.Cdb.Length >= SanitizeLength && TryReadSanitize(mark.Cdb, mark.ParameterList, out Func<UnitCondition, Task<IoStatus>>? work):
                Log.SanitizeResumed(_logger, Name);
                _ = StartSanitize(mark, work);
                break;
            default:
                throw new FormatException($"the command {Convert.ToHexString(mark.Cdb)} is neither of the two.");
        }
    }

    private Sweep? StartSanitize(MediumMark mark, Func<UnitCondition, Task<IoStatus>> work)
    {
        const byte allowUnrestrictedExit = 0x20;
        var condition = new UnitCondition(SenseKey.NotReady, AdditionalSenseCode.LogicalUnitNotReadySanitizeInProgress, false);
        bool mayExit = (mark.Cdb[1] & allowUnrestrictedExit) != 0;
        var failure = new UnitCondition(SenseKey.MediumError, AdditionalSenseCode.SanitizeCommandFailed, false, mayExit);
        return StartSweep(condition, failure, work, mark);
    }

    // The service actions that wipe, with a parameter list that fits.
    private bool TryReadSanitize(ReadOnlySpan<byte> cdb, byte[] list, out Func<UnitCondition, Task<IoStatus>> work)
    {
        work = ZeroAllAsync;
        return (SanitizeAction)(cdb[1] & CommandTable.ServiceActionMask) switch
        {
            SanitizeAction.BlockErase => list.Length == 0,
            SanitizeAction.Overwrite => list.Length > 4 && list.Length <= _device.BlockSizeBytes + 4
                && BinaryPrimitives.ReadUInt16BigEndian(cdb[7..]) == list.Length && TryReadOverwrite(list, out work),
            _ => false,
        };
    }

    /// <summary>Work over the whole medium.</summary>
    /// <param name="Started">Whether it has begun, once that is sure to outlive the daemon.</param>
    /// <param name="End">How it has ended.</param>
    private sealed record Sweep(Task<bool> Started, Task<IoStatus> End);
}

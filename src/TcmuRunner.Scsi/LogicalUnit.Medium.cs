// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>What keeps the unit from being ready, and its medium: START STOP UNIT (SBC-4), PREVENT ALLOW MEDIUM REMOVAL (SPC-5 6.15).</content>
public sealed partial class LogicalUnit
{
    // Null when ready: all that a command looks at. Changes under _conditionLock.
    private volatile UnitCondition? _condition;
    private readonly Lock _conditionLock = new();

    // Who wants the medium to stay; under _conditionLock.
    private readonly HashSet<ItNexus> _preventers = [];

    internal ValueTask<IoStatus> StartStopUnit(ScsiTask task)
    {
        const byte start = 0x01;
        const byte loadOrEject = 0x02;
        const byte noFlush = 0x04;
        byte flags = task.Cdb[4];
        bool isStart = (flags & start) != 0;
        if (!_options.IsRemovable)
        {
            // There is no power to save and no medium to eject, so only "start" can be obeyed.
            return flags >> 4 == 0 && isStart ? Good() : InvalidFieldInCdb(task);
        }

        // With a power condition the other bits count for nothing, and the unit has only one condition: active.
        bool movesMedium = (flags & loadOrEject) != 0;
        if (flags >> 4 != 0 || (isStart && !movesMedium))
        {
            return Good();
        }

        if (movesMedium && IsRemovalPrevented())
        {
            return Refuse(task, SenseKey.IllegalRequest, AdditionalSenseCode.MediumRemovalPrevented);
        }

        if (isStart)
        {
            Load(task.Nexus);
            return Good();
        }

        return StopAsync(task, movesMedium, mustFlush: (flags & noFlush) == 0 || movesMedium);
    }

    internal ValueTask<IoStatus> PreventAllowMediumRemoval(ScsiTask task)
    {
        int prevent = task.Cdb[4] & 0x03;
        if (prevent > 1)
        {
            return InvalidFieldInCdb(task);
        }

        lock (_conditionLock)
        {
            if (prevent == 0)
            {
                _preventers.Remove(task.Nexus);
            }
            else
            {
                _preventers.Add(task.Nexus);
            }
        }

        return Good();
    }

    private static ValueTask<IoStatus> RefuseNotReady(ScsiTask task, UnitCondition condition)
    {
        task.SetNotReady(condition);
        return new(IoOutcome.SenseProvided);
    }

    private bool IsRemovalPrevented()
    {
        lock (_conditionLock)
        {
            return _preventers.Count != 0;
        }
    }

    private void AllowRemoval(ItNexus nexus)
    {
        lock (_conditionLock)
        {
            _preventers.Remove(nexus);
        }
    }

    private async ValueTask<IoStatus> StopAsync(ScsiTask task, bool mustEject, bool mustFlush)
    {
        // What was written goes with the medium.
        if (mustFlush && _device.HasVolatileCache && _condition is null)
        {
            IoStatus status = await FlushAsync(task.Cancellation).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }
        }

        lock (_conditionLock)
        {
            // Ejecting once more is no error, and what else keeps the unit from being ready stays.
            if (mustEject && _condition is null)
            {
                _condition = new UnitCondition(SenseKey.NotReady, AdditionalSenseCode.MediumNotPresent, stopsMediumAccessOnly: true);
            }
        }

        return IoStatus.Good;
    }

    private void Load(ItNexus by)
    {
        lock (_conditionLock)
        {
            if (_condition is not { Code: AdditionalSenseCode.MediumNotPresent })
            {
                return;
            }

            _condition = null;
        }

        RaiseUnitAttention(AdditionalSenseCode.NotReadyToReadyChangeMediumMayHaveChanged, by);
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <content>Several gateways at one backing store: what the lock means for commands and for the states of the target port groups.</content>
public sealed partial class LogicalUnit
{
    private readonly FailoverLock? _failover;

    // Whoever has never been told the states need not be told that they have changed.
    private int _statesTold;

    /// <summary>Where this gateway is with the lock; null where the device has none.</summary>
    internal FailoverState? LockState => _failover?.State;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> RunUnderLockAsync(FailoverLock failover, ScsiTask task, CommandDescriptor command)
    {
        IoStatus admission = await failover.AdmitAsync(task, command).ConfigureAwait(false);
        return admission.IsGood ? await RunCheckedAsync(task, command).ConfigureAwait(false) : admission;
    }

    private void TellStatesChanged()
    {
        if (Interlocked.Exchange(ref _statesTold, 0) != 0)
        {
            RaiseUnitAttention(AdditionalSenseCode.AsymmetricAccessStateChanged, null);
        }
    }

    // What the front says of the groups is how they were set up; which of them is active is for the lock to say.
    private async ValueTask<IoStatus> ReportStatesAsync(FailoverLock failover, ScsiTask task, IReadOnlyList<TargetPortGroup> groups)
    {
        failover.Learn(groups);
        if (failover.Mode != FailoverMode.None)
        {
            ushort? holder = await failover.FindHolderAsync().ConfigureAwait(false);
            groups = [.. groups.Select(group => WithState(group, holder, failover.Mode))];
            Volatile.Write(ref _statesTold, 1);
        }

        return ReplyStates(task, groups);
    }

    private static TargetPortGroup WithState(TargetPortGroup group, ushort? holder, FailoverMode mode)
    {
        const byte optimized = 0x01, nonOptimized = 0x02, standby = 0x04, explicitly = 1, implicitly = 2;
        bool isExplicit = mode == FailoverMode.Explicit;
        AsymmetricAccessState state = (group.Id == holder, holder is null && !isExplicit, isExplicit) switch
        {
            // Nobody has written yet: as it was set up.
            (_, true, _) => group.State,
            (true, _, _) => (group.SupportedStates & optimized) != 0 ? AsymmetricAccessState.ActiveOptimized : AsymmetricAccessState.ActiveNonOptimized,
            (false, _, true) => (group.SupportedStates & standby) != 0 ? AsymmetricAccessState.Standby : group.State,
            (false, _, false) => (group.SupportedStates & nonOptimized) != 0 ? AsymmetricAccessState.ActiveNonOptimized : group.State,
        };
        return state == group.State ? group : group with { State = state, StatusCode = isExplicit ? explicitly : implicitly };
    }

    // Only this gateway's own group can be changed here; the lock tells the other gateways.
    private static async ValueTask<IoStatus> ChangeLockAsync(FailoverLock failover, ScsiTask task, ITargetPortGroups groups, byte[] list)
    {
        if (await Task.Run(groups.Read).ConfigureAwait(false) is not { } known)
        {
            return IoOutcome.HardwareError;
        }

        failover.Learn(known);
        if (CheckStates(task, known, list) is { IsGood: false } refusal)
        {
            return refusal;
        }

        ushort? own = known.FirstOrDefault(group => group.Ports.Any(port => port.IsEnabled))?.Id;
        foreach ((ushort id, AsymmetricAccessState state) in StatesIn(list))
        {
            if (id != own)
            {
                continue;
            }

            IoStatus status = state is AsymmetricAccessState.ActiveOptimized or AsymmetricAccessState.ActiveNonOptimized
                ? await failover.ActivateAsync(task.Cancellation).ConfigureAwait(false)
                : await failover.ReleaseAsync(task.Cancellation).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status.Outcome is IoOutcome.Busy or IoOutcome.TimedOut ? IoOutcome.Busy : Failed(task);
            }

            // For who looks into configfs; what initiators are told comes from the lock.
            await Task.Run(() => groups.TrySetState(id, state, isExplicit: true)).ConfigureAwait(false);
            return IoStatus.Good;
        }

        return Failed(task);

        static IoStatus Failed(ScsiTask task)
        {
            task.SetCheckCondition(SenseKey.HardwareError, AdditionalSenseCode.SetTargetPortGroupsCommandFailed);
            return IoOutcome.SenseProvided;
        }
    }
}

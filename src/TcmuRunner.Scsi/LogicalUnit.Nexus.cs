// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <content>Who uses the logical unit, and what each of them must be told.</content>
public sealed partial class LogicalUnit
{
    private readonly Dictionary<ItNexus, UnitAttentionQueue> _nexuses = [];

    // Conditions of all nexuses together. Commands look at this only; the dictionary, its queues and the count change under its lock.
    private volatile int _pendingUnitAttentions;

    /// <summary>Makes a nexus known, so that it is told of changes. Adding it twice does nothing. Any thread.</summary>
    /// <param name="nexus">The nexus.</param>
    /// <param name="raisePowerOn">Whether its first command gets UNIT ATTENTION / POWER ON, RESET, OR BUS DEVICE RESET OCCURRED, as a new
    /// session of a network front should. TCMU's own nexus should not: the kernel has done that for the initiators behind it.</param>
    public void AddNexus(ItNexus nexus, bool raisePowerOn = false)
    {
        ArgumentNullException.ThrowIfNull(nexus);
        lock (_nexuses)
        {
            var queue = new UnitAttentionQueue();
            if (_nexuses.TryAdd(nexus, queue) && raisePowerOn)
            {
                queue.Add(AdditionalSenseCode.PowerOnResetOrBusDeviceResetOccurred);
                _pendingUnitAttentions++;
            }
        }
    }

    /// <summary>Forgets a nexus (I_T nexus loss, SAM-5 6.3.4): what it reserved with RESERVE(6) is free again; its registrations stay. Any thread.</summary>
    public void RemoveNexus(ItNexus nexus)
    {
        ArgumentNullException.ThrowIfNull(nexus);
        ReleaseUnit(nexus);
        AllowRemoval(nexus);
        ForgetCopies(nexus);
        lock (_nexuses)
        {
            if (_nexuses.Remove(nexus, out UnitAttentionQueue? queue))
            {
                _pendingUnitAttentions -= queue.Count;
            }
        }
    }

    /// <summary>
    /// Brings the logical unit back to its state after power on, as far as initiators can change it for others (LOGICAL UNIT RESET, SAM-5 6.3.3):
    /// RESERVE(6), software write protection and the prevention of medium removal end, and every nexus is told. Persistent reservations stay. The front aborts the commands in flight first. Any thread.
    /// </summary>
    public void Reset()
    {
        _unitHolder = null;
        _isSoftwareWriteProtected = false;
        lock (_conditionLock)
        {
            _preventers.Clear();
        }

        RaiseUnitAttention(AdditionalSenseCode.BusDeviceResetFunctionOccurred, null);
    }

    private List<ItNexus> NexusesOf(Registration registration)
    {
        lock (_nexuses)
        {
            return [.. _nexuses.Keys.Where(registration.IsOf)];
        }
    }

    private void TellRegistrants(ReservationChange change)
    {
        lock (_nexuses)
        {
            foreach ((Registration registration, AdditionalSenseCode condition) in change.Attentions)
            {
                foreach ((ItNexus nexus, UnitAttentionQueue queue) in _nexuses)
                {
                    if (registration.IsOf(nexus) && queue.Add(condition))
                    {
                        _pendingUnitAttentions++;
                    }
                }
            }
        }
    }

    /// <summary>Tells all nexuses but one that their commands are gone (CLEAR TASK SET, SAM-5 7.5). Any thread.</summary>
    /// <param name="by">Who asked for it.</param>
    public void TellCommandsCleared(ItNexus by) => RaiseUnitAttention(AdditionalSenseCode.CommandsClearedByAnotherInitiator, by);

    /// <summary>Tells one nexus that its list of logical units is another one now (SPC-5 6.36). Any thread.</summary>
    /// <param name="nexus">Whose list it is.</param>
    public void TellLunsChanged(ItNexus nexus)
    {
        ArgumentNullException.ThrowIfNull(nexus);
        lock (_nexuses)
        {
            if (_nexuses.TryGetValue(nexus, out UnitAttentionQueue? queue) && queue.Add(AdditionalSenseCode.ReportedLunsDataHasChanged))
            {
                _pendingUnitAttentions++;
            }
        }
    }

    private void RaiseUnitAttention(AdditionalSenseCode condition, ItNexus? except)
    {
        lock (_nexuses)
        {
            foreach ((ItNexus nexus, UnitAttentionQueue queue) in _nexuses)
            {
                if (!ReferenceEquals(nexus, except) && queue.Add(condition))
                {
                    _pendingUnitAttentions++;
                }
            }
        }
    }

    private AdditionalSenseCode? TakeUnitAttention(ItNexus nexus)
    {
        lock (_nexuses)
        {
            AdditionalSenseCode? condition = _nexuses.TryGetValue(nexus, out UnitAttentionQueue? queue) ? queue.Take() : null;
            _pendingUnitAttentions -= condition is null ? 0 : 1;
            return condition;
        }
    }
}

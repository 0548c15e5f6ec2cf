// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <content>OPEN, CLOSE, FINISH, RESET WRITE POINTER and SEQUENTIALIZE, FORMAT UNIT and SANITIZE.</content>
internal sealed partial class ZbcDevice
{
    private async ValueTask<IoStatus> ManageAsync(ZoneRequest request, CancellationToken cancellationToken)
    {
        if (!_scheduler.TryEnter(request.First, request.End - 1, isShared: false, out ValueTask<IoStatus> wait, out ZoneTicket ticket))
        {
            await wait.ConfigureAwait(false);
        }

        try
        {
            ForgetReplays(request);
            return request.Action switch
            {
                ZoneAction.Reset => await ResetAsync(request).ConfigureAwait(false),
                ZoneAction.Finish => await FinishAsync(request, cancellationToken).ConfigureAwait(false),
                _ => ApplyAtOnce(request),
            };
        }
        finally
        {
            _scheduler.Exit(ticket);
        }
    }

    private void ForgetReplays(ZoneRequest request)
    {
        lock (_store.Lock)
        {
            for (int zone = request.First; _replays is not null && zone < request.End; zone++)
            {
                _replays.Forget(zone);
            }
        }
    }

    private IoStatus ApplyAtOnce(ZoneRequest request)
    {
        lock (_store.Lock)
        {
            ZoneError error = _machine.Check(request);
            for (int zone = request.First; zone < request.End && error == ZoneError.None; zone++)
            {
                if (_machine.Affects(request, zone))
                {
                    _machine.Apply(request, zone);
                }
            }

            _machine.MakeRoom();
            return error.ToStatus();
        }
    }

    // Emptied durably before a block of the zone is given back or written anew: a power cut must not bring back a write pointer over bytes that
    // are somebody else's.
    private async ValueTask<IoStatus> ResetAsync(ZoneRequest request)
    {
        var zones = new List<int>();
        ZoneError error = Collect(request, zones);
        if (error != ZoneError.None || zones.Count == 0)
        {
            return error.ToStatus();
        }

        var entries = new List<JournalEntry>(zones.Count);
        foreach (int zone in zones)
        {
            entries.Add(new JournalEntry(JournalEntryKind.Zone, zone, new ZoneState(ZoneCondition.Empty, 0).Bits));
        }

        IoStatus status = await _store.CommitAsync(entries).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return status;
        }

        Apply(request, zones);
        await ReleaseSpaceAsync(zones).ConfigureAwait(false);
        return IoStatus.Good;
    }

    // What lies behind the write pointer of a zone becomes readable, so it becomes zeros first.
    private async ValueTask<IoStatus> FinishAsync(ZoneRequest request, CancellationToken cancellationToken)
    {
        var zones = new List<int>();
        ZoneError error = Collect(request, zones);
        if (error != ZoneError.None)
        {
            return error.ToStatus();
        }

        foreach (int zone in zones)
        {
            long writePointer = _machine.State(zone).WritePointer;
            IoStatus status = await ZeroBlocksAsync(_layout.StartOf(zone) + writePointer, _layout.LengthOf(zone) - writePointer, cancellationToken).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }
        }

        Apply(request, zones);
        return IoStatus.Good;
    }

    private ZoneError Collect(ZoneRequest request, List<int> zones)
    {
        lock (_store.Lock)
        {
            ZoneError error = _machine.Check(request);
            for (int zone = request.First; zone < request.End && error == ZoneError.None; zone++)
            {
                if (_machine.Affects(request, zone))
                {
                    zones.Add(zone);
                }
            }

            return error;
        }
    }

    private void Apply(ZoneRequest request, List<int> zones)
    {
        lock (_store.Lock)
        {
            foreach (int zone in zones)
            {
                _machine.Apply(request, zone);
            }
        }
    }

    // Space is given back where the file system takes it; what is left behind lies beyond every write pointer and is never seen.
    private async ValueTask ReleaseSpaceAsync(List<int> zones)
    {
        if (!_file.CanDeallocate)
        {
            return;
        }

        for (int index = 0; index < zones.Count;)
        {
            long start = _layout.DataOffset(zones[index]);
            long end = start;
            for (; index < zones.Count && _layout.DataOffset(zones[index]) == end; index++)
            {
                end += _layout.SlotLength(zones[index]) << _blockShift;
            }

            _ = await _file.DeallocateAsync(_dataOffset + start, end - start, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private ValueTask<IoStatus> SanitizeAsync(IRawCommand command, CancellationToken cancellationToken)
    {
        const int cryptographicErase = 0x03;
        const int zonesNotReset = 0x40;
        byte flags = command.Cdb[1];
        return (flags & ServiceActionMask) == cryptographicErase && (flags & zonesNotReset) == 0
            ? EraseAsync(command, cancellationToken)
            : Refuse(ZoneError.InvalidFieldInCdb);
    }

    // As after the first open: zones, realms and data. The states become durable first, so that no write pointer covers what is being erased.
    private async ValueTask<IoStatus> EraseAsync(IRawCommand command, CancellationToken cancellationToken)
    {
        if (!_scheduler.TryEnter(0, _layout.ZoneCount - 1, isShared: false, out ValueTask<IoStatus> wait, out ZoneTicket ticket))
        {
            await wait.ConfigureAwait(false);
        }

        try
        {
            ulong[] states = InitialStates.Zones(_layout, _profile, _settings.GainPercent);
            var entries = new List<JournalEntry>(states.Length + _layout.Realms.Length);
            entries.AddRange(states.Select((state, zone) => new JournalEntry(JournalEntryKind.Zone, zone, state)));
            entries.AddRange(_layout.Realms.Select(realm => new JournalEntry(JournalEntryKind.Realm, realm.Number, 0)));
            IoStatus status = await _store.CommitAsync(entries).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }

            lock (_store.Lock)
            {
                _machine.Restart(states);
                MakeFaulty(_configuration.ReadOnlyZones, ZoneCondition.ReadOnly);
                MakeFaulty(_configuration.OfflineZones, ZoneCondition.Offline);
            }

            Interlocked.Increment(ref _activations);
            status = await DataZeroer.ZeroAsync(_file, _dataOffset, _layout.DataBytes, cancellationToken).ConfigureAwait(false);
            _unitAttentions?.Raise(InquiryDataHasChanged, command);
            return status;
        }
        finally
        {
            _scheduler.Exit(ticket);
        }
    }
}

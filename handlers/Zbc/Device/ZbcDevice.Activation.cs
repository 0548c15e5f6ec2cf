// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <content>ZONE ACTIVATE and ZONE QUERY (ZBC-2 5): all of what is asked for, or nothing.</content>
internal sealed partial class ZbcDevice
{
    private const int ActivationHeaderBytes = 64;
    private const int ActivationDescriptorBytes = 24;

    private async ValueTask<IoStatus> ActivateAsync(IRawCommand command, ActivationCdb cdb, bool isQuery, CancellationToken cancellationToken)
    {
        // A host whose count is in the mode page may not name more than it has set; a count in the CDB is free.
        DeviceParameters parameters = _store.Parameters;
        long count = cdb.HasZoneCount ? cdb.ZoneCount : parameters.ActivationCount;
        if (cdb.AllocationLength < ActivationHeaderBytes || (!cdb.All && (count == 0 || count > _layout.ZoneCount)))
        {
            return ZoneError.InvalidFieldInCdb.ToStatus();
        }

        var request = new ActivationRequest(cdb.All, cdb.Domain, cdb.ZoneId, count);
        if (!_scheduler.TryEnter(0, _layout.ZoneCount - 1, isShared: false, out ValueTask<IoStatus> wait, out ZoneTicket ticket))
        {
            await wait.ConfigureAwait(false);
        }

        try
        {
            ActivationPlan plan;
            lock (_store.Lock)
            {
                plan = _machine.PlanActivation(request, _settings.HasRealms);
            }

            if (plan.Error != ZoneError.None)
            {
                return plan.Error.ToStatus();
            }

            if (plan.IsPossible && !isQuery && plan.Realms.Count > 0)
            {
                IoStatus status = await CarryOutAsync(plan, cancellationToken).ConfigureAwait(false);
                if (!status.IsGood)
                {
                    return status;
                }
            }

            Answer(command, cdb, plan, isActivated: plan.IsPossible && !isQuery);
            return IoStatus.Good;
        }
        finally
        {
            _scheduler.Exit(ticket);
        }
    }

    // Conventional zones show what the image holds as soon as they are active, so that must be zeros before. Others show nothing until it is
    // written, so that what they cover is given back afterwards: until then the change can still be undone by a power cut.
    private async ValueTask<IoStatus> CarryOutAsync(ActivationPlan plan, CancellationToken cancellationToken)
    {
        bool isVisibleAtOnce = _layout.Domains[plan.TargetDomain].Type == ZoneType.Conventional;
        IoStatus status = IoStatus.Good;
        if (isVisibleAtOnce)
        {
            status = await ZeroRealmsAsync(plan, cancellationToken).ConfigureAwait(false);
            status = status.IsGood ? await _file.FlushAsync(CancellationToken.None).ConfigureAwait(false) : status;
        }

        status = status.IsGood ? await _store.CommitAsync(EntriesOf(plan)).ConfigureAwait(false) : status;
        if (!status.IsGood)
        {
            return status;
        }

        lock (_store.Lock)
        {
            _machine.Activate(plan);
        }

        Interlocked.Increment(ref _activations);
        if (!isVisibleAtOnce)
        {
            _ = await ZeroRealmsAsync(plan, CancellationToken.None).ConfigureAwait(false);
        }

        return IoStatus.Good;
    }

    private async ValueTask<IoStatus> ZeroRealmsAsync(ActivationPlan plan, CancellationToken cancellationToken)
    {
        IoStatus status = IoStatus.Good;
        foreach (int realm in plan.Realms)
        {
            long offset = _dataOffset + (realm * _settings.RealmBytes);
            status = status.IsGood ? await DataZeroer.ZeroAsync(_file, offset, _settings.RealmBytes, cancellationToken).ConfigureAwait(false) : status;
        }

        return status;
    }

    private List<JournalEntry> EntriesOf(ActivationPlan plan)
    {
        var entries = new List<JournalEntry>();
        foreach (ActivationRange range in plan.Ranges)
        {
            for (int zone = range.FirstZone; zone < range.FirstZone + range.Count; zone++)
            {
                // Realms that are in the domain already are listed, too, and stay as they are.
                bool isChanging = plan.Realms.Contains(_layout.RealmOfZone[zone]);
                if (isChanging && _machine.State(zone).Condition is not (ZoneCondition.ReadOnly or ZoneCondition.Offline))
                {
                    entries.Add(new JournalEntry(JournalEntryKind.Zone, zone, new ZoneState(range.Condition, 0).Bits));
                }
            }
        }

        entries.AddRange(plan.Realms.Select(realm => new JournalEntry(JournalEntryKind.Realm, realm, (ulong)plan.TargetDomain)));
        return entries;
    }

    private void Answer(IRawCommand command, ActivationCdb cdb, ActivationPlan plan, bool isActivated)
    {
        const int countValid = 0x80;
        const int culpritValid = 0x40;
        const int activated = 0x01;
        int available = plan.Ranges.Count * ActivationDescriptorBytes;
        long room = Math.Min(cdb.AllocationLength, command.DataIn.Length);
        int returned = (int)Math.Clamp((room - ActivationHeaderBytes) / ActivationDescriptorBytes, 0, plan.Ranges.Count);
        var buffer = new ReplyBuffer(ActivationHeaderBytes + (returned * ActivationDescriptorBytes));
        try
        {
            Span<byte> data = buffer.Cleared;
            BinaryPrimitives.WriteInt32BigEndian(data, available);
            BinaryPrimitives.WriteInt32BigEndian(data[4..], returned * ActivationDescriptorBytes);
            data[8] = (byte)((plan.IsPossible && !cdb.All ? countValid : 0) | (plan.Culprit is null ? 0 : culpritValid) | (isActivated ? activated : 0));
            data[9] = (byte)plan.Unmet;
            data[10] = (byte)cdb.Domain;
            data[12] = (byte)((cdb.HasZoneCount ? 0x02 : 0) | (cdb.All ? 0x01 : 0));
            BinaryPrimitives.WriteUInt32BigEndian(data[16..], cdb.All ? 0 : (uint)plan.ZonesProcessed);
            BinaryPrimitives.WriteUInt16BigEndian(data[24..], (ushort)((plan.Culprit ?? 0) >> 32));
            BinaryPrimitives.WriteUInt32BigEndian(data[26..], (uint)(plan.Culprit ?? 0));
            for (int index = 0; index < returned; index++)
            {
                ActivationRange range = plan.Ranges[index];
                Span<byte> descriptor = data[(ActivationHeaderBytes + (index * ActivationDescriptorBytes))..];
                descriptor[0] = (byte)range.Type;
                descriptor[1] = (byte)((int)range.Condition << 4);
                descriptor[2] = (byte)range.Domain;
                BinaryPrimitives.WriteInt64BigEndian(descriptor[8..], range.Count);
                BinaryPrimitives.WriteInt64BigEndian(descriptor[16..], _layout.StartOf(range.FirstZone));
            }

            Fill(command, data, cdb.AllocationLength);
        }
        finally
        {
            buffer.Dispose();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <content>What the administrator sees and does: zones to look at, and faults for people who test file systems.</content>
internal sealed partial class ZbcDevice
{
    public int ZoneCount => _layout.ZoneCount;

    public ZoneDescription GetZone(int zone)
    {
        CheckZone(zone);
        ZoneState state = _machine.State(zone);
        ZoneType type = _layout.TypeOf(zone);
        return new ZoneDescription(
            zone,
            (byte)type,
            (byte)state.Condition,
            _layout.StartOf(zone),
            _layout.LengthOf(zone),
            type is ZoneType.Conventional or ZoneType.Gap ? -1 : state.WritePointer,
            _layout.DomainOf(zone)?.Id ?? -1,
            _hasDomains ? _layout.RealmOfZone[zone] : -1);
    }

    public async ValueTask SetZoneFaultAsync(int zone, ZoneFault fault, CancellationToken cancellationToken)
    {
        CheckZone(zone);
        if (_layout.TypeOf(zone) == ZoneType.Gap)
        {
            throw new HandlerException(HandlerErrorKind.NotSupported, $"{_name}: zone {zone} is a gap, which holds nothing that could fail.");
        }

        ZoneCondition? condition = fault switch
        {
            ZoneFault.ReadOnly => ZoneCondition.ReadOnly,
            ZoneFault.Offline => ZoneCondition.Offline,
            _ => null,
        };
        if (!_scheduler.TryEnter(zone, zone, isShared: false, out ValueTask<IoStatus> wait, out ZoneTicket ticket))
        {
            await wait.ConfigureAwait(false);
        }

        try
        {
            lock (_store.Lock)
            {
                _machine.SetFault(zone, condition);
            }
        }
        finally
        {
            _scheduler.Exit(ticket);
        }

        Log.FaultChanged(_logger, _name, zone, fault);
        _unitAttentions?.Raise(InquiryDataHasChanged, null);
        IoStatus status = await _store.FlushAsync().ConfigureAwait(false);
        if (!status.IsGood)
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"{_name}: zone {zone} is {fault} now, but a restart may forget it: the image could not be written ({status.Outcome}).");
        }
    }

    private void CheckZone(int zone)
    {
        if ((uint)zone >= (uint)_layout.ZoneCount)
        {
            throw new HandlerException(HandlerErrorKind.NotFound, $"{_name}: there is no zone {zone}; the disk has the zones 0 to {_layout.ZoneCount - 1}.");
        }
    }
}

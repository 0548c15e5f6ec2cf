// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>What an image says of its zones and realms.</summary>
/// <param name="Zones">One word for each zone, see <see cref="ZoneState"/>.</param>
/// <param name="RealmDomains">The active domain of each realm.</param>
/// <param name="Parameters">What hosts have set.</param>
internal sealed record ImageState(ulong[] Zones, byte[] RealmDomains, DeviceParameters Parameters)
{
    public ImageState Copy() => new((ulong[])Zones.Clone(), (byte[])RealmDomains.Clone(), Parameters);

    /// <summary>Checks what came from an image, and completes an activation that was under way: a realm's byte is stored after its zones.</summary>
    /// <exception cref="HandlerException">A zone is in a state that it cannot be in.</exception>
    public void Settle(ZoneLayout layout, string path)
    {
        for (int zone = 0; zone < Zones.Length; zone++)
        {
            if (!IsPossible(layout, zone))
            {
                throw new HandlerException(
                    HandlerErrorKind.Failed, $"The image '{path}' is damaged: zone {zone} has the state {Zones[zone]:X}. Restore it from a copy, or give 'format' to begin anew.");
            }
        }

        for (int realm = 0; realm < RealmDomains.Length; realm++)
        {
            int active = RealmDomains[realm];
            if (active >= layout.Domains.Length || !layout.Realms[realm].CanBeIn(active))
            {
                throw new HandlerException(HandlerErrorKind.Failed, $"The image '{path}' is damaged: realm {realm} is in a domain {active} that it cannot be in.");
            }

            SettleRealm(layout, layout.Realms[realm], active);
        }
    }

    private void SettleRealm(ZoneLayout layout, ZoneRealm realm, int active)
    {
        foreach (ZoneDomain domain in layout.Domains)
        {
            int first = realm.FirstZones[domain.Id];
            for (int zone = first; first >= 0 && zone < first + domain.ZonesPerRealm; zone++)
            {
                var state = new ZoneState(Zones[zone]);
                if (state.Condition is ZoneCondition.ReadOnly or ZoneCondition.Offline)
                {
                    continue;
                }

                bool isInactive = state.Condition == ZoneCondition.Inactive;
                if (domain.Id != active)
                {
                    Zones[zone] = new ZoneState(ZoneCondition.Inactive, 0).Bits;
                }
                else if (isInactive)
                {
                    Zones[zone] = new ZoneState(domain.Type == ZoneType.Conventional ? ZoneCondition.NotWritePointer : ZoneCondition.Empty, 0).Bits;
                }
            }
        }
    }

    private bool IsPossible(ZoneLayout layout, int zone)
    {
        var state = new ZoneState(Zones[zone]);
        ZoneType type = layout.TypeOf(zone);
        long length = layout.LengthOf(zone);
        if (type is ZoneType.Gap)
        {
            return state.Condition == ZoneCondition.NotWritePointer;
        }

        if (type is ZoneType.Conventional)
        {
            return state.Condition is ZoneCondition.NotWritePointer or ZoneCondition.Inactive or ZoneCondition.ReadOnly or ZoneCondition.Offline;
        }

        return state.Condition switch
        {
            ZoneCondition.Empty or ZoneCondition.Inactive => state.WritePointer == 0,
            ZoneCondition.Full => state.WritePointer == length,
            ZoneCondition.ImplicitlyOpened or ZoneCondition.ExplicitlyOpened or ZoneCondition.Closed => state.WritePointer < length,
            ZoneCondition.ReadOnly or ZoneCondition.Offline => state.WritePointer <= length,
            _ => false,
        };
    }
}

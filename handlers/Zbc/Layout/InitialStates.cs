// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>What a disk holds after a format.</summary>
internal static class InitialStates
{
    // The faulty profiles have read-only zones from this one on, and offline zones from that one on, two of each.
    private const int FirstReadOnly = 7;
    private const int FirstOffline = 11;
    private const int FaultyCount = 2;

    /// <summary>The state of every zone.</summary>
    public static ulong[] Zones(ZoneLayout layout, DeviceProfile profile, int gainPercent)
    {
        var states = new ulong[layout.ZoneCount];
        for (int zone = 0; zone < states.Length; zone++)
        {
            states[zone] = StateOf(layout, profile, zone).Bits;
        }

        if (!profile.IsFaulty)
        {
            return states;
        }

        if (layout.Domains.IsEmpty)
        {
            // Where the disk has too few conventional zones for that, it is not faulty.
            if (layout.ConventionalZones >= FirstOffline + FaultyCount)
            {
                Spoil(states, FirstReadOnly, FaultyCount, ZoneCondition.ReadOnly);
                Spoil(states, FirstOffline, FaultyCount, ZoneCondition.Offline);
            }

            return states;
        }

        foreach (ZoneDomain domain in layout.Domains)
        {
            int percent = domain.IsShingled ? gainPercent : 100;
            int count = FaultyCount * percent / 100;
            int readOnly = FirstReadOnly * percent / 100;
            int offline = FirstOffline * percent / 100;
            if (offline + count <= domain.ZoneCount)
            {
                Spoil(states, domain.FirstZone + readOnly, count, ZoneCondition.ReadOnly);
                Spoil(states, domain.FirstZone + offline, count, ZoneCondition.Offline);
            }
        }

        return states;
    }

    private static ZoneState StateOf(ZoneLayout layout, DeviceProfile profile, int zone)
    {
        bool isLater = layout.DomainOf(zone) is { Id: > 0 };
        return layout.TypeOf(zone) switch
        {
            ZoneType.Gap => new ZoneState(ZoneCondition.NotWritePointer, 0),
            _ when isLater => new ZoneState(ZoneCondition.Inactive, 0),
            ZoneType.Conventional => new ZoneState(ZoneCondition.NotWritePointer, 0),
            ZoneType.SequentialOrBeforeRequired when profile.StartsFull => new ZoneState(ZoneCondition.Full, layout.LengthOf(zone)),
            _ => new ZoneState(ZoneCondition.Empty, 0),
        };
    }

    private static void Spoil(ulong[] states, int first, int count, ZoneCondition condition)
    {
        for (int zone = first; zone < first + count; zone++)
        {
            states[zone] = new ZoneState(states[zone]).With(condition).Bits;
        }
    }
}

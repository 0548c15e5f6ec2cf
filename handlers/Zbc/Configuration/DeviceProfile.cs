// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// One of the named disks of the option <c>type-</c>, which is also what MUTATE chooses by kind and number.
/// </summary>
/// <param name="Name">The name in configuration strings.</param>
/// <param name="Kind">What sort of disk.</param>
/// <param name="Number">MUTATION OPTION.</param>
internal sealed record DeviceProfile(string Name, DeviceKind Kind, byte Number)
{
    /// <summary>Type of the zones on shingled tracks.</summary>
    public ZoneType ShingledType { get; init; } = ZoneType.SequentialWriteRequired;

    /// <summary>Whether conventional tracks hold SEQUENTIAL OR BEFORE REQUIRED zones instead of conventional ones (zone domains only).</summary>
    public bool HasSequentialOrBefore { get; init; }

    /// <summary>Whether those zones are FULL after a format, and not EMPTY.</summary>
    public bool StartsFull { get; init; }

    /// <summary>Whether realms can be activated as SEQUENTIAL WRITE PREFERRED beside <see cref="ShingledType"/>.</summary>
    public bool HasPreferred { get; init; }

    /// <summary>Per cent of the zones (without domains) or realms that are conventional for good, at the bottom of the disk.</summary>
    public int Bottom { get; init; }

    /// <summary>Zones or realms that are conventional for good, at the top of the disk.</summary>
    public int Top { get; init; }

    /// <summary>Zones between two domains.</summary>
    public int DomainGap { get; init; }

    /// <summary>Whether some zones are read-only and some offline from the start.</summary>
    public bool IsFaulty { get; init; }

    /// <summary>Whether hosts may set the number of zones to activate, unrestricted reads and the maximum activation.</summary>
    public bool HasControls { get; init; } = true;

    /// <summary>Every profile.</summary>
    public static ImmutableArray<DeviceProfile> All { get; } =
    [
        new("NON_ZONED", DeviceKind.NonZoned, 1),
        new("HM_ZONED", DeviceKind.HostManaged, 1),
        new("HM_ZONED_1PCNT_B", DeviceKind.HostManaged, 2) { Bottom = 1 },
        new("HM_ZONED_2PCNT_BT", DeviceKind.HostManaged, 3) { Bottom = 2, Top = 1 },
        new("HM_ZONED_FAULTY", DeviceKind.HostManaged, 4) { Bottom = 1, IsFaulty = true },
        new("HA_ZONED", DeviceKind.HostAware, 1) { ShingledType = ZoneType.SequentialWritePreferred },
        new("HA_ZONED_1PCNT_B", DeviceKind.HostAware, 2) { ShingledType = ZoneType.SequentialWritePreferred, Bottom = 1 },
        new("HA_ZONED_2PCNT_BT", DeviceKind.HostAware, 3) { ShingledType = ZoneType.SequentialWritePreferred, Bottom = 2, Top = 1 },
        new("ZONE_DOM", DeviceKind.ZoneDomains, 1) { DomainGap = 3 },
        new("ZD_1CMR_BOT", DeviceKind.ZoneDomains, 2) { HasPreferred = true, Bottom = 1 },
        new("ZD_1CMR_BOT_TOP", DeviceKind.ZoneDomains, 3) { HasPreferred = true, Bottom = 1, Top = 1 },
        new("ZD_SOBR", DeviceKind.ZoneDomains, 4) { HasSequentialOrBefore = true, StartsFull = true },
        new("ZD_1CMR_BT_SMR", DeviceKind.ZoneDomains, 5) { HasPreferred = true, Bottom = 1, Top = 2 },
        new("ZD_BARE_BONE", DeviceKind.ZoneDomains, 6) { HasControls = false },
        new("ZD_FAULTY", DeviceKind.ZoneDomains, 7) { IsFaulty = true },
        new("ZD_1CMR_BOT_SWP", DeviceKind.ZoneDomains, 8) { ShingledType = ZoneType.SequentialWritePreferred, Bottom = 1 },
        new("ZD_SOBR_SWP", DeviceKind.ZoneDomains, 9)
        {
            ShingledType = ZoneType.SequentialWritePreferred, HasSequentialOrBefore = true, StartsFull = true,
        },
        new("ZD_SOBR_EMPTY", DeviceKind.ZoneDomains, 10) { HasSequentialOrBefore = true },
        new("ZD_SOBR_FAULTY", DeviceKind.ZoneDomains, 11) { HasSequentialOrBefore = true, Bottom = 1, Top = 1, IsFaulty = true },
        new("ZD_1SOBR_BT_TOP", DeviceKind.ZoneDomains, 12) { HasSequentialOrBefore = true, HasPreferred = true, Bottom = 1, Top = 1 },
    ];

    /// <summary>Finds a profile by the numbers that MUTATE and the image use.</summary>
    public static DeviceProfile? Find(int kind, int number) => All.FirstOrDefault(profile => (int)profile.Kind == kind && profile.Number == number);

    /// <summary>Finds a profile by its name; case matters.</summary>
    public static DeviceProfile? Find(string name) => All.FirstOrDefault(profile => profile.Name == name);
}

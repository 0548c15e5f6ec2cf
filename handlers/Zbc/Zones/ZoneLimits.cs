// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>Limits and rules of a disk's zones.</summary>
internal sealed record ZoneLimits
{
    /// <summary>MAXIMUM NUMBER OF OPEN SEQUENTIAL WRITE REQUIRED ZONES; 0 for no limit.</summary>
    public required int OpenZones { get; init; }

    /// <summary>SEQUENTIAL WRITE REQUIRED zones that may be open or closed; 0 for no limit.</summary>
    public required int ActiveZones { get; init; }

    /// <summary>Whether reads beyond a write pointer fail (URSWRZ 0).</summary>
    public required bool ChecksWritePointer { get; init; }

    public required Dialect Dialect { get; init; }

    /// <summary>The limits of a disk.</summary>
    public static ZoneLimits Of(ImageSettings settings, ZoneLayout layout, DeviceProfile profile)
    {
        int sequential = Enumerable.Range(0, layout.ZoneCount)
            .Count(zone => layout.TypeOf(zone) is ZoneType.SequentialWriteRequired or ZoneType.SequentialWritePreferred);
        int half = Math.Max(1, sequential / 2);
        return new ZoneLimits
        {
            OpenZones = profile.Kind == DeviceKind.NonZoned ? 0 : Math.Min(settings.OpenZones, half),
            ActiveZones = settings.ActiveZones,
            ChecksWritePointer = settings.ChecksWritePointer,
            Dialect = settings.Dialect,
        };
    }
}

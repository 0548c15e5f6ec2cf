// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl;

/// <summary>How fast a device was between two looks.</summary>
/// <param name="Device">The device at the second look.</param>
/// <param name="CommandsPerSecond">Commands.</param>
/// <param name="BytesPerSecond">Bytes of their data.</param>
internal sealed record DeviceRate(DeviceInfo Device, double CommandsPerSecond, double BytesPerSecond)
{
    /// <summary>Compares two looks. A device that was opened anew counts from zero again.</summary>
    /// <param name="before">The first look.</param>
    /// <param name="after">The second look.</param>
    /// <param name="elapsed">The time between them.</param>
    internal static IReadOnlyList<DeviceRate> Compare(IReadOnlyList<DeviceInfo> before, IReadOnlyList<DeviceInfo> after, TimeSpan elapsed)
    {
        Dictionary<string, DeviceInfo> known = before.ToDictionary(device => device.ObjectPath, StringComparer.Ordinal);
        return [.. after.Select(device => Compare(known.GetValueOrDefault(device.ObjectPath), device, elapsed.TotalSeconds))];
    }

    private static DeviceRate Compare(DeviceInfo? before, DeviceInfo after, double seconds)
    {
        if (before is null || seconds <= 0)
        {
            return new DeviceRate(after, 0, 0);
        }

        return new DeviceRate(
            after,
            Since(before.Facts.Commands, after.Facts.Commands) / seconds,
            Since(before.Facts.DataBytes, after.Facts.DataBytes) / seconds);
    }

    private static double Since(ulong before, ulong after) => after >= before ? after - before : after;
}

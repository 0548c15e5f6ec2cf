// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>The devices, looked at not more often than needed: whoever reads all counters of all devices looks once. Thread safe.</summary>
/// <param name="control">Knows the devices.</param>
internal sealed class DeviceSnapshot(IDaemonControl control)
{
    private const long FreshMilliseconds = 50;

    private readonly Lock _sync = new();
    private Dictionary<string, DeviceFacts> _devices = [];
    private long? _lookedAt;

    /// <summary>A device as it is now, or as it was when it was last seen.</summary>
    internal DeviceFacts Latest(DeviceFacts known)
    {
        lock (_sync)
        {
            long now = Environment.TickCount64;
            if (_lookedAt is not { } lookedAt || now - lookedAt > FreshMilliseconds)
            {
                _lookedAt = now;
                _devices = ByName(control.Devices);
            }

            return _devices.GetValueOrDefault(known.ConfigFsName, known);
        }
    }

    /// <summary>The devices by what tells them apart.</summary>
    internal static Dictionary<string, DeviceFacts> ByName(IEnumerable<DeviceFacts> devices) =>
        devices.DistinctBy(device => device.ConfigFsName).ToDictionary(device => device.ConfigFsName, StringComparer.Ordinal);
}

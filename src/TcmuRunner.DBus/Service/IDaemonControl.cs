// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>
/// What the daemon does for callers on the bus. Methods are called on pool threads and may block; their errors are told to the caller.
/// </summary>
public interface IDaemonControl
{
    /// <summary>The daemon's version.</summary>
    string Version { get; }

    /// <summary>The handlers that are loaded.</summary>
    IReadOnlyList<ServedHandler> Handlers { get; }

    /// <summary>The devices as they are now. Quick; any thread.</summary>
    IReadOnlyList<DeviceFacts> Devices { get; }

    /// <summary>The iSCSI front; null where there is none.</summary>
    ITargetsControl? Targets { get; }

    /// <summary>The log level in force, 0 to 5 as in tcmu.conf. Quick; any thread.</summary>
    int LogLevel { get; }

    /// <summary>Checks a configuration string with its handler.</summary>
    /// <returns>Why it is refused, as a sentence; null when it is fine.</returns>
    string? CheckConfiguration(string configuration);

    /// <summary>Gives a device another configuration and size, as when a medium is changed.</summary>
    /// <param name="subtype">The handler.</param>
    /// <param name="device">The device's name in configfs, without its directory.</param>
    /// <param name="sizeBytes">The new size; 0 to keep the size.</param>
    /// <param name="configuration">The new configuration string, subtype included.</param>
    /// <exception cref="BusException">It is refused.</exception>
    void ChangeMedium(string subtype, string device, ulong sizeBytes, string configuration);

    /// <summary>Changes the size of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="sizeBytes">The new size.</param>
    /// <exception cref="BusException">It is refused.</exception>
    void Resize(DeviceFacts device, ulong sizeBytes);

    /// <summary>Describes zones of a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="first">Number of the first zone.</param>
    /// <param name="count">At most how many.</param>
    /// <returns>How many zones the device has, and those that were asked for, as far as there are any.</returns>
    /// <exception cref="BusException">It has none.</exception>
    (uint Total, IReadOnlyList<ZoneFacts> Zones) GetZones(DeviceFacts device, uint first, uint count);

    /// <summary>Makes a zone of a device faulty, or whole again.</summary>
    /// <param name="device">The device.</param>
    /// <param name="zone">Number of the zone.</param>
    /// <param name="fault"><c>none</c>, <c>read-only</c> or <c>offline</c>.</param>
    /// <exception cref="BusException">It is refused.</exception>
    void SetZoneFault(DeviceFacts device, uint zone, string fault);

    /// <summary>Looks after the image that a device serves.</summary>
    /// <param name="device">The device.</param>
    /// <param name="operation"><c>info</c>, <c>map</c>, <c>snapshot-create</c> and others, as <c>tcmuctl image</c> has them.</param>
    /// <param name="argument">The snapshot, or the byte that a map begins with; may be empty.</param>
    /// <returns>The result, as JSON.</returns>
    /// <exception cref="BusException">It serves none, or the operation is refused.</exception>
    string RunImageOperation(DeviceFacts device, string operation, string argument);

    /// <summary>Reads the configuration file again, and opens the log file again.</summary>
    void Reload();

    /// <summary>Sets the log level until the next start or the next change of the configuration file.</summary>
    /// <param name="level">0 to 5 as in tcmu.conf.</param>
    void SetLogLevel(int level);

    /// <summary>Sets the log level of one device until the next start.</summary>
    /// <param name="device">The device.</param>
    /// <param name="level">0 to 5 as in tcmu.conf; -1 for the daemon's level again.</param>
    /// <exception cref="BusException">It is no level.</exception>
    void SetLogLevel(DeviceFacts device, int level);
}

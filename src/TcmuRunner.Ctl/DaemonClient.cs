// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl;

/// <summary>The daemon, over the bus. Errors are <see cref="CtlException"/>s.</summary>
internal sealed partial class DaemonClient : IAsyncDisposable
{
    private const string ObjectManager = "org.freedesktop.DBus.ObjectManager", Properties = "org.freedesktop.DBus.Properties";

    private readonly BusConnection _connection;

    private DaemonClient(BusConnection connection) => _connection = connection;

    /// <summary>Connects to the bus; the daemon is started by the first call where the bus can do that.</summary>
    /// <param name="address">The address of the bus; null for the system bus.</param>
    internal static async Task<DaemonClient> ConnectAsync(string? address)
    {
        try
        {
            return new DaemonClient(await BusConnection.ConnectAsync(address));
        }
        catch (BusException exception)
        {
            throw new CtlException(ExitStatus.NoDaemon, exception.Message, "Start the bus: systemctl start dbus.");
        }
    }

    /// <summary>Ends when the connection ends.</summary>
    internal Task Ended => _connection.Ended;

    /// <summary>Whether the daemon is on the bus; does not start it.</summary>
    internal async Task<bool> IsRunningAsync() => await _connection.GetNameOwnerAsync(ServiceNames.Service) is not null;

    /// <summary>The daemon's own properties.</summary>
    internal async Task<DaemonInfo> GetDaemonAsync()
    {
        object[] answer = await CallAsync(ServiceNames.RootPath, Properties, "GetAll", "s", ServiceNames.Daemon);
        var properties = (Dictionary<object, object>)answer[0];
        return new DaemonInfo((string)properties["Version"], (uint)properties["ProcessId"], (int)properties["LogLevel"]);
    }

    /// <summary>The handlers, by subtype.</summary>
    internal async Task<IReadOnlyList<HandlerInfo>> GetHandlersAsync() =>
    [
        .. (await GetManagedAsync(ServiceNames.RootPath, ServiceNames.Service))
            .Select(managed => new HandlerInfo(managed.Path.Split('/')[^1], (string)managed.Properties["ConfigDesc"]))
            .OrderBy(handler => handler.Subtype, StringComparer.Ordinal),
    ];

    /// <summary>The devices, by name.</summary>
    internal async Task<IReadOnlyList<DeviceInfo>> GetDevicesAsync() =>
    [
        .. (await GetManagedAsync(ServiceNames.DevicesPath, ServiceNames.Device))
            .Select(managed => DeviceInfo.Read(managed.Path, managed.Properties))
            .OrderBy(device => device.Facts.Name, StringComparer.Ordinal),
    ];

    /// <summary>Finds a device by its name in configfs, <c>handler/name</c>, <c>user_N/name</c> or <c>uioN</c>.</summary>
    internal async Task<DeviceInfo> FindDeviceAsync(string name)
    {
        DeviceInfo[] found = [.. (await GetDevicesAsync()).Where(device => IsCalled(device, name))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new CtlException(ExitStatus.NotFound, $"There is no device '{name}'.", "'tcmuctl ls' lists the devices."),
            _ => throw new CtlException(
                ExitStatus.NotFound,
                $"More than one device is called '{name}'.",
                $"Say which: {string.Join(", ", found.Select(device => device.Facts.ConfigFsName))}."),
        };
    }

    /// <summary>Checks a configuration string.</summary>
    /// <returns>Whether it is fine, and what its handler says.</returns>
    internal async Task<(bool IsValid, string Message)> CheckAsync(string configuration)
    {
        string subtype = configuration.Split('/')[0];
        if ((await GetHandlersAsync()).All(handler => handler.Subtype != subtype))
        {
            throw new CtlException(ExitStatus.NotFound, $"There is no handler '{subtype}'.", "'tcmuctl handlers' lists the handlers.");
        }

        object[] answer = await CallAsync($"{ServiceNames.RootPath}/{subtype}", ServiceNames.Service, "CheckConfig", "s", configuration);
        return ((bool)answer[0], (string)answer[1]);
    }

    /// <summary>Changes the size of a device.</summary>
    internal Task ResizeAsync(DeviceInfo device, ulong bytes) => CallAsync(device.ObjectPath, ServiceNames.Device, "Resize", "t", bytes);

    /// <summary>The zones of a disk, in order.</summary>
    internal async Task<IReadOnlyList<ZoneFacts>> GetZonesAsync(DeviceInfo device)
    {
        const uint atOnce = 10_000;
        var zones = new List<ZoneFacts>();
        uint total;
        do
        {
            object[] answer = await CallAsync(device.ObjectPath, ServiceNames.Device, "GetZones", "uu", (uint)zones.Count, atOnce);
            total = (uint)answer[0];
            int before = zones.Count;
            zones.AddRange(((IEnumerable<object>)answer[1]).Cast<object[]>().Select(zone => new ZoneFacts(
                (uint)zone[0], (byte)zone[1], (byte)zone[2], (ulong)zone[3], (ulong)zone[4], (long)zone[5], (int)zone[6], (int)zone[7])));
            if (zones.Count == before)
            {
                throw new CtlException(ExitStatus.Failed, $"The daemon has told {before} of the {total} zones of {device.Name} and tells no more.");
            }
        }
        while (zones.Count < total);
        return zones;
    }

    /// <summary>Makes a zone of a disk faulty, or whole again.</summary>
    internal Task SetZoneFaultAsync(DeviceInfo device, uint zone, string fault) =>
        CallAsync(device.ObjectPath, ServiceNames.Device, "SetZoneFault", "us", zone, fault);

    /// <summary>Looks after the image that a device serves.</summary>
    /// <returns>The answer, in JSON.</returns>
    internal async Task<string> RunImageOperationAsync(DeviceInfo device, string operation, string argument)
    {
        // Counts of a large image are changed for a snapshot, one by one.
        TimeSpan patience = TimeSpan.FromMinutes(30);
        return (string)(await CallAsync(device.ObjectPath, ServiceNames.Device, "Image", "ss", [operation, argument], patience))[0];
    }

    /// <summary>Sets the log level of the daemon.</summary>
    internal Task SetLogLevelAsync(int level) => CallAsync(ServiceNames.RootPath, ServiceNames.Daemon, "SetLogLevel", "i", level);

    /// <summary>Sets the log level of a device; -1 for the daemon's again.</summary>
    internal Task SetLogLevelAsync(DeviceInfo device, int level) => CallAsync(device.ObjectPath, ServiceNames.Device, "SetLogLevel", "i", level);

    /// <summary>Has the daemon read its configuration again.</summary>
    internal Task ReloadAsync() => CallAsync(ServiceNames.RootPath, ServiceNames.Daemon, "Reload");

    /// <summary>Follows what happens to devices.</summary>
    /// <param name="received">Gets each signal; must not block.</param>
    internal Task<IDisposable> WatchAsync(Action<ReceivedSignal> received) =>
        _connection.WatchAsync($"type='signal',sender='{ServiceNames.Service}',interface='{ServiceNames.Devices}'", received);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static bool IsCalled(DeviceInfo device, string name) =>
        name == device.Name || name == device.Facts.Name || name == device.Facts.ConfigFsName || name == device.Facts.UioName;

    private async Task<IEnumerable<(string Path, Dictionary<object, object> Properties)>> GetManagedAsync(string path, string interfaceName)
    {
        object[] answer = await CallAsync(path, ObjectManager, "GetManagedObjects");
        return ((Dictionary<object, object>)answer[0])
            .Select(managed => (Path: (string)managed.Key, Interfaces: (Dictionary<object, object>)managed.Value))
            .Where(managed => managed.Interfaces.ContainsKey(interfaceName))
            .Select(managed => (managed.Path, (Dictionary<object, object>)managed.Interfaces[interfaceName]));
    }

    private Task<object[]> CallAsync(string path, string interfaceName, string member, string signature = "", params object[] arguments) =>
        CallAsync(path, interfaceName, member, signature, arguments, BusConnection.DefaultTimeout);

    private async Task<object[]> CallAsync(string path, string interfaceName, string member, string signature, object[] arguments, TimeSpan timeout)
    {
        try
        {
            return await _connection.CallAsync(ServiceNames.Service, path, interfaceName, member, signature, arguments, timeout);
        }
        catch (BusException exception)
        {
            throw Explain(exception);
        }
    }

    private static CtlException Explain(BusException exception) => exception.ErrorName switch
    {
        BusErrorName.ServiceUnknown or BusErrorName.NameHasNoOwner => new CtlException(
            ExitStatus.NoDaemon, "The daemon is not on the system bus.", "Start it: systemctl start tcmu-runner; 'tcmuctl doctor' finds out what is missing."),
        BusErrorName.AccessDenied => new CtlException(ExitStatus.NotPermitted, exception.Message, "Use sudo."),
        BusErrorName.UnknownObject or BusErrorName.UnknownInterface => new CtlException(
            ExitStatus.NotFound, exception.Message, "A C tcmu-runner, or another version of this one, may be on the bus: 'tcmuctl doctor' tells."),
        BusErrorName.NoReply or BusErrorName.Timeout => new CtlException(
            ExitStatus.Failed, $"The daemon does not answer: {exception.Message}", "Its log may tell why: /var/log/tcmu-runner.log."),
        _ => new CtlException(ExitStatus.Failed, exception.Message),
    };
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>The object of one device.</summary>
internal sealed class DeviceObject
{
    internal DeviceObject(DeviceFacts facts, IDaemonControl control, DeviceSnapshot snapshot)
    {
        Known = facts;
        Path = $"{ServiceNames.DevicesPath}/{ObjectPath.Escape(facts.ConfigFsName)}";
        Interface = new BusInterface(ServiceNames.Device)
        {
            Methods =
            [
                new BusMethod("Resize", [new("size", "t")], [], call => Run(() => control.Resize(Known, (ulong)call.Arguments[0]))),
                new BusMethod("SetLogLevel", [new("level", "i")], [], call => Run(() => control.SetLogLevel(Known, (int)call.Arguments[0]))),
                new BusMethod(
                    "GetZones",
                    [new("first", "u"), new("count", "u")],
                    [new("total", "u"), new("zones", "a" + ZoneFacts.Signature)],
                    call => Task.Run(() => GetZones(control, call))),
                new BusMethod(
                    "SetZoneFault",
                    [new("zone", "u"), new("fault", "s")],
                    [],
                    call => Run(() => control.SetZoneFault(Known, (uint)call.Arguments[0], (string)call.Arguments[1]))),
                new BusMethod(
                    "Image",
                    [new("operation", "s"), new("argument", "s")],
                    [new("result", "s")],
                    call => Task.Run(object[] () => [control.RunImageOperation(Known, (string)call.Arguments[0], (string)call.Arguments[1])])),
            ],
            Properties =
            [
                new BusProperty("Name", "s", () => Known.Name, "const"),
                new BusProperty("ConfigFsName", "s", () => Known.ConfigFsName, "const"),
                new BusProperty("UioName", "s", () => Known.UioName, "const"),
                new BusProperty("Handler", "s", () => Known.Handler, "const"),
                new BusProperty("Configuration", "s", () => Known.Configuration, "true"),
                new BusProperty("SizeBytes", "t", () => Known.SizeBytes, "true"),
                new BusProperty("State", "s", () => Known.State, "true"),
                new BusProperty("LastError", "s", () => Known.LastError, "true"),
                new BusProperty("LogLevel", "i", () => snapshot.Latest(Known).LogLevel),
                new BusProperty("Commands", "t", () => snapshot.Latest(Known).Commands),
                new BusProperty("DataBytes", "t", () => snapshot.Latest(Known).DataBytes),
                new BusProperty("CommandsInFlight", "u", () => snapshot.Latest(Known).CommandsInFlight),
                new BusProperty("RingHighWaterBytes", "t", () => snapshot.Latest(Known).RingHighWaterBytes),
                new BusProperty("RingSizeBytes", "t", () => snapshot.Latest(Known).RingSizeBytes),
                new BusProperty("TimeOuts", "t", () => snapshot.Latest(Known).TimeOuts),
            ],
        };
    }

    /// <summary>Where it is.</summary>
    internal string Path { get; }

    /// <summary>What it offers.</summary>
    internal BusInterface Interface { get; }

    /// <summary>The device as it was last announced.</summary>
    internal DeviceFacts Known
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    // One answer stays far below the size that buses allow.
    private object[] GetZones(IDaemonControl control, BusCall call)
    {
        const uint most = 10_000;
        (uint total, IReadOnlyList<ZoneFacts> zones) = control.GetZones(Known, (uint)call.Arguments[0], Math.Min(most, (uint)call.Arguments[1]));
        return [total, zones.Select(zone => (object)zone.ToBus())];
    }

    private static Task<object[]> Run(Action work) => Task.Run(object[] () =>
    {
        work();
        return [];
    });
}

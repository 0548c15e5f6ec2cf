// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>What the daemon says of itself, and can be asked for.</summary>
internal static class DaemonObject
{
    internal static BusInterface CreateInterface(IDaemonControl control) => new(ServiceNames.Daemon)
    {
        Methods =
        [
            new BusMethod("Reload", [], [], _ => Run(control.Reload)),
            new BusMethod("SetLogLevel", [new("level", "i")], [], call => Run(() => control.SetLogLevel((int)call.Arguments[0]))),
        ],
        Properties =
        [
            new BusProperty("Version", "s", () => control.Version, "const"),
            new BusProperty("ProcessId", "u", () => (uint)Environment.ProcessId, "const"),
            new BusProperty("LogLevel", "i", () => control.LogLevel),
        ],
    };

    private static Task<object[]> Run(Action work) => Task.Run(object[] () =>
    {
        work();
        return [];
    });
}

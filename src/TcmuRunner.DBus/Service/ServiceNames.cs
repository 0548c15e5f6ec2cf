// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>Names and paths of the service. Those of the first block are the C program's, which targetcli and others know.</summary>
public static class ServiceNames
{
    /// <summary>The name on the bus, and the interface of handlers.</summary>
    public const string Service = "org.kernel.TCMUService1";

    /// <summary>The object that manages the handlers, and the parent of all others.</summary>
    public const string RootPath = "/org/kernel/TCMUService1";

    /// <summary>The interface, and prefix of bus names, of handlers in processes of their own.</summary>
    public const string HandlerManager = "org.kernel.TCMUService1.HandlerManager1";

    /// <summary>The object with <see cref="HandlerManager"/>.</summary>
    public const string HandlerManagerPath = "/org/kernel/TCMUService1/HandlerManager1";

    /// <summary>The interface of the daemon itself, on <see cref="RootPath"/>.</summary>
    public const string Daemon = "org.kernel.TCMUService1.Daemon1";

    /// <summary>The object that manages the devices.</summary>
    public const string DevicesPath = "/org/kernel/TCMUService1/devices";

    /// <summary>The interface of <see cref="DevicesPath"/>: what happens to devices.</summary>
    public const string Devices = "org.kernel.TCMUService1.Devices1";

    /// <summary>The interface of a device.</summary>
    public const string Device = "org.kernel.TCMUService1.Device1";

    /// <summary>The object that manages the targets of the iSCSI front, and their sessions.</summary>
    public const string TargetsPath = "/org/kernel/TCMUService1/targets";

    /// <summary>The interface of <see cref="TargetsPath"/>: makes and removes targets, and tells of sessions.</summary>
    public const string Targets = "org.kernel.TCMUService1.Targets1";

    /// <summary>The interface of a portal group of a target.</summary>
    public const string Target = "org.kernel.TCMUService1.Target1";

    /// <summary>The interface of a session.</summary>
    public const string Session = "org.kernel.TCMUService1.Session1";
}

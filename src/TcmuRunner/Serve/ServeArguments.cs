// SPDX-License-Identifier: Apache-2.0
using System.Net;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Serve;

/// <summary>What the command line of <c>tcmu-runner serve</c> says.</summary>
internal sealed record ServeArguments
{
    /// <summary>The target's name where none is given.</summary>
    internal const string DefaultTarget = "iqn.2026-11.tcmu-runner:serve";

    /// <summary>The disks; the first is LUN 0.</summary>
    public IReadOnlyList<ServedDisk> Disks { get; init; } = [];

    /// <summary><c>--portal</c>: where to listen. Default: this machine only, the port that IANA gave to iSCSI.</summary>
    public IReadOnlyList<IPEndPoint> Portals { get; init; } = [];

    /// <summary><c>--target</c>: the target's name.</summary>
    public string Target { get; init; } = DefaultTarget;

    /// <summary><c>--targets</c>: a targets file instead of all the above.</summary>
    public string? TargetsFile { get; init; }

    /// <summary><c>--state-dir</c>: where persistent reservations are kept over a restart; null: they end with the program.</summary>
    public string? StateDirectory { get; init; }

    /// <summary><c>--handler-path</c>: the folder with one folder per handler. Default: <c>handlers</c> next to the executable.</summary>
    public string HandlerPath { get; init; } = Path.Combine(AppContext.BaseDirectory, "handlers");

    /// <summary><c>--debug</c>: logs everything.</summary>
    public bool Debug { get; init; }

    /// <summary><c>--help</c>.</summary>
    public bool ShowHelp { get; init; }

    /// <summary>The portals, or the default one.</summary>
    internal IReadOnlyList<IPEndPoint> PortalsOrDefault =>
        Portals.Count > 0 ? Portals : [new IPEndPoint(IPAddress.Loopback, Portal.DefaultPort)];
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner;

/// <summary>What the command line says.</summary>
internal sealed record Arguments
{
    /// <summary>What the program is asked to do. Default: to serve.</summary>
    public ArgumentsAction Action { get; init; }

    /// <summary><c>--debug</c>: the log level is 5 where the configuration file names none. Default false.</summary>
    public bool Debug { get; init; }

    /// <summary><c>--nofile</c>: how many files the process may have open, 65536 to 1048576; null leaves the limit as it is.</summary>
    public int? OpenFiles { get; init; }

    /// <summary><c>--handler-path</c>: the folder with one folder per handler. Default: <c>handlers</c> next to the executable.</summary>
    public string HandlerPath { get; init; } = Path.Combine(AppContext.BaseDirectory, "handlers");

    /// <summary><c>--tcmu-log-dir</c>: the folder of the log file; null leaves it to the environment and the configuration file.</summary>
    public string? LogDirectory { get; init; }

    /// <summary><c>--config</c>: the configuration file, which may be absent. Default: where the C program has it.</summary>
    public string ConfigurationFile { get; init; } = "/etc/tcmu/tcmu.conf";

    /// <summary><c>--targets</c>: what the iSCSI front serves; nothing while the file is absent at the start.</summary>
    public string TargetsFile { get; init; } = "/etc/tcmu/targets.json";

    /// <summary><c>--lock-file</c>, not in the help: the file whose lock keeps a second daemon away. Default: the C program's.</summary>
    public string LockFile { get; init; } = "/run/tcmu.lock";
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Metrics;

namespace TcmuRunner.Configuration;

/// <summary>What <c>tcmu.conf</c> decides. A key that is absent, or commented out on reload, has its default again.</summary>
/// <remarks>Keep in sync with packaging/tcmu.conf.</remarks>
internal sealed record DaemonOptions
{
    /// <summary>The folder of the log file where nobody names one.</summary>
    internal const string DefaultLogDirectory = "/var/log/";

    /// <summary>
    /// <c>log_level</c>, 0 to 5. Default 3, or 5 with <c>--debug</c>: an operator sees what changes, and nothing per command.
    /// Reloadable.
    /// </summary>
    public LogVerbosity LogLevel { get; init; } = LogVerbosity.Information;

    /// <summary>
    /// <c>log_dir_path</c>, or <c>log_dir</c> as older files have it; an absolute path. Default <c>/var/log/</c>. The command line and then
    /// the environment variable <c>TCMU_LOGDIR</c> come first. Reloadable: the log goes on in the new folder.
    /// </summary>
    public string LogDirectory { get; init; } = DefaultLogDirectory;

    /// <summary>
    /// <c>io_uring</c>, <c>auto</c> or <c>no</c>. Default auto: the daemon uses io_uring where the kernel lets it, and epoll elsewhere.
    /// Read at start only.
    /// </summary>
    public bool UseIoUring { get; init; } = true;

    /// <summary><c>metrics_listen</c> and <c>otlp_endpoint</c>: who gets the daemon's numbers. Default nobody. Read at start only.</summary>
    public MetricsOptions Metrics { get; init; } = new();

    /// <summary>
    /// <c>slow_command_ms</c>, 0 to 3,600,000: how long a SCSI command may take before it is logged in words. Default 0, for as long as it
    /// wants: then nothing is timed. Reloadable.
    /// </summary>
    public TimeSpan SlowCommandThreshold { get; init; }
}

// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.Metrics;

namespace TcmuRunner.Configuration;

/// <summary>Turns settings into options; one method per kind of value, because a binder that uses reflection is slow to start.</summary>
/// <param name="debug">The command line asks for the highest log level.</param>
/// <param name="logDirectory">The folder of the log that the command line or the environment names; null where they name none.</param>
internal sealed class DaemonOptionsReader(bool debug, string? logDirectory)
{
    private readonly HashSet<string> _reportedKeys = [];

    /// <summary>The options without a configuration file.</summary>
    internal DaemonOptions Defaults { get; } = new()
    {
        LogLevel = debug ? LogVerbosity.DebugScsiCommands : LogVerbosity.Information,
        LogDirectory = logDirectory ?? DaemonOptions.DefaultLogDirectory,
    };

    /// <summary>Reads the settings of a file, the last one of a key in force.</summary>
    /// <param name="entries">The settings; untrusted.</param>
    /// <param name="previous">The options until now: a key with a bad value keeps its part of them.</param>
    /// <param name="problems">Receives bad values, and keys that nobody knows the first time they are seen.</param>
    internal DaemonOptions Read(List<ConfigurationEntry> entries, DaemonOptions previous, List<ConfigurationProblem> problems)
    {
        DaemonOptions options = Defaults;
        string? directory = null;
        string? olderDirectory = null;
        foreach (ConfigurationEntry entry in entries)
        {
            switch (entry.Key)
            {
                case "log_level":
                    options = options with { LogLevel = ReadLogLevel(entry, problems) ?? previous.LogLevel };
                    break;
                case "log_dir_path":
                    directory = ReadDirectory(entry, problems) ?? previous.LogDirectory;
                    break;
                case "log_dir":
                    olderDirectory = ReadDirectory(entry, problems) ?? previous.LogDirectory;
                    break;
                case "io_uring":
                    options = options with { UseIoUring = ReadIoUring(entry, problems) ?? previous.UseIoUring };
                    break;
                case "metrics_listen":
                    options = options with { Metrics = ReadMetrics(entry, options.Metrics.WithListen(entry.Value), problems) ?? previous.Metrics };
                    break;
                case "otlp_endpoint":
                    options = options with { Metrics = ReadMetrics(entry, options.Metrics.WithOtlp(entry.Value), problems) ?? previous.Metrics };
                    break;
                case "slow_command_ms":
                    options = options with { SlowCommandThreshold = ReadSlowThreshold(entry, problems) ?? previous.SlowCommandThreshold };
                    break;
                default:
                    if (_reportedKeys.Add(entry.Key))
                    {
                        problems.Add(new ConfigurationProblem(entry.Line, entry.Key, "the key is unknown and has no effect"));
                    }

                    break;
            }
        }

        return options with { LogDirectory = logDirectory ?? directory ?? olderDirectory ?? DaemonOptions.DefaultLogDirectory };
    }

    private static LogVerbosity? ReadLogLevel(ConfigurationEntry entry, List<ConfigurationProblem> problems)
    {
        if (int.TryParse(entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int level)
            && level <= (int)LogVerbosity.DebugScsiCommands)
        {
            return (LogVerbosity)level;
        }

        problems.Add(new ConfigurationProblem(entry.Line, entry.Key, $"'{entry.Value}' is not a log level: 0 to 5"));
        return null;
    }

    private static string? ReadDirectory(ConfigurationEntry entry, List<ConfigurationProblem> problems)
    {
        if (entry.Value.StartsWith('/') && !entry.Value.Contains('\0', StringComparison.Ordinal))
        {
            return entry.Value;
        }

        problems.Add(new ConfigurationProblem(entry.Line, entry.Key, $"'{entry.Value}' is not a folder: an absolute path"));
        return null;
    }

    private static MetricsOptions? ReadMetrics(
        ConfigurationEntry entry, (MetricsOptions? Options, string? Reason) result, List<ConfigurationProblem> problems)
    {
        if (result.Reason is { } reason)
        {
            problems.Add(new ConfigurationProblem(entry.Line, entry.Key, reason));
        }

        return result.Options;
    }

    private static TimeSpan? ReadSlowThreshold(ConfigurationEntry entry, List<ConfigurationProblem> problems)
    {
        const int MaximumMilliseconds = 3_600_000;
        if (int.TryParse(entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds) && milliseconds <= MaximumMilliseconds)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        problems.Add(new ConfigurationProblem(entry.Line, entry.Key, $"'{entry.Value}' is not a time in milliseconds: 0 to {MaximumMilliseconds}"));
        return null;
    }

    private static bool? ReadIoUring(ConfigurationEntry entry, List<ConfigurationProblem> problems)
    {
        switch (entry.Value)
        {
            case "auto":
                return true;
            case "no":
                return false;
            default:
                problems.Add(new ConfigurationProblem(entry.Line, entry.Key, $"'{entry.Value}' is not a choice: auto, no"));
                return null;
        }
    }
}

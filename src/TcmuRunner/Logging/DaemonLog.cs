// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Extensions.Logging;
using TcmuRunner.Configuration;

namespace TcmuRunner.Logging;

/// <summary>The daemon's log: Serilog behind <see cref="ILoggerFactory"/>, with a level and a file that change while it runs.</summary>
internal sealed class DaemonLog : IDisposable
{
    private readonly LoggingLevelSwitch _level = new();
    private readonly LogThresholds _thresholds = new();
    private readonly LogOutput _output;
    private readonly ThresholdLoggerFactory _factory;
    private readonly IDisposable? _registration;

    // Written by the thread that reloads the configuration, read by the one that handles SIGHUP.
    private volatile string _directory = "";

    /// <summary>Opens the log.</summary>
    /// <param name="options">Level and folder; followed when they change.</param>
    /// <param name="interactive">Whether standard error is a terminal.</param>
    internal DaemonLog(DaemonOptionsMonitor options, bool interactive)
    {
        _output = new LogOutput(interactive);
        Apply(options.CurrentValue);

        // Loops log too, and must not wait for a disk: lines are written by a thread of their own, and dropped when it falls far behind.
        Logger logger = new LoggerConfiguration()
            .MinimumLevel.ControlledBy(_level)
            .WriteTo.Async(sinks => sinks.Sink(_output))
            .CreateLogger();
        _factory = new ThresholdLoggerFactory(new SerilogLoggerFactory(logger, dispose: true), _thresholds);
        _registration = options.OnChange((changed, _) => Apply(changed));
    }

    /// <summary>Makes loggers.</summary>
    internal ILoggerFactory Factory => _factory;

    /// <summary>The level in force where a device has none of its own.</summary>
    internal LogVerbosity Level => _thresholds.Level;

    /// <summary>The level that a device has of its own.</summary>
    /// <param name="device">Its name in messages.</param>
    internal LogVerbosity? LevelOf(string device) => _thresholds.LevelOf(device);

    /// <summary>Sets the level until the options change. Any thread.</summary>
    internal void SetLevel(LogVerbosity level)
    {
        _thresholds.Set(level);
        _level.MinimumLevel = LogOutput.ToLevel(_thresholds.Widest);
    }

    /// <summary>Gives a device a level of its own, or the daemon's again. Any thread.</summary>
    /// <param name="device">Its name in messages.</param>
    /// <param name="level">The level; null for the daemon's.</param>
    internal void SetLevel(string device, LogVerbosity? level)
    {
        _thresholds.Set(device, level);
        _level.MinimumLevel = LogOutput.ToLevel(_thresholds.Widest);
    }

    /// <summary>Closes the log file and opens it again by name, as after a rotation.</summary>
    internal void Reopen() => _output.Open(_directory);

    private void Apply(DaemonOptions options)
    {
        SetLevel(options.LogLevel);
        if (_directory != options.LogDirectory)
        {
            _directory = options.LogDirectory;
            _output.Open(options.LogDirectory);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The factory first: it writes what is still queued, into the output.
        _registration?.Dispose();
        _factory.Dispose();
        _output.Dispose();
    }
}

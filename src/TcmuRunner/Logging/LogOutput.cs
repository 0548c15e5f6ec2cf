// SPDX-License-Identifier: Apache-2.0
using Serilog;
using Serilog.Core;
using Serilog.Events;
using TcmuRunner.Configuration;

namespace TcmuRunner.Logging;

/// <summary>
/// Where lines go: the log file, and standard error for errors, for everything but SCSI commands when a person looks on, and for
/// everything while there is no file to write to. Thread safe.
/// </summary>
internal sealed class LogOutput : ILogEventSink, IDisposable
{
    private readonly Lock _lock = new();
    private readonly LogLineFormatter _formatter = new();
    private readonly Lazy<Logger> _standardError;
    private readonly LogEventLevel _standardErrorLevel;
    private LogFile? _file;

    /// <summary>Opens standard error only; <see cref="Open"/> opens the file.</summary>
    /// <param name="interactive">Whether standard error is a terminal.</param>
    internal LogOutput(bool interactive)
    {
        _standardErrorLevel = interactive ? LogEventLevel.Debug : LogEventLevel.Error;

        // Made when first needed: a service that is well has nothing to say there, and starts faster.
        _standardError = new Lazy<Logger>(() => new LoggerConfiguration()
            .MinimumLevel.Verbose()
            .WriteTo.Console(_formatter, standardErrorFromLevel: LogEventLevel.Verbose)
            .CreateLogger());
    }

    /// <summary>The folder of the file that is written to; null while there is none.</summary>
    internal string? Directory { get; private set; }

    /// <summary>
    /// Opens the log of a folder, again or for the first time: after this, no line goes to the file that was open before. When the folder
    /// cannot be written to, the lines go to standard error, with the reason first.
    /// </summary>
    /// <param name="directory">The folder.</param>
    internal void Open(string directory)
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
            Directory = null;
            try
            {
                _file = LogFile.Open(directory, _formatter);
                Directory = directory;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                Console.Error.WriteLine(
                    $"tcmu-runner: the log folder '{directory}' cannot be written to ({exception.Message}); the log "
                    + "goes to standard error. Name another one with --tcmu-log-dir or with log_dir_path in the configuration file.");
            }
        }
    }

    /// <inheritdoc/>
    public void Emit(LogEvent logEvent)
    {
        lock (_lock)
        {
            _file?.Write(logEvent);
            if (_file is null || logEvent.Level >= _standardErrorLevel)
            {
                _standardError.Value.Write(logEvent);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
            if (_standardError.IsValueCreated)
            {
                _standardError.Value.Dispose();
            }
        }
    }

    /// <summary>The level of Serilog that stands for a number of the configuration file.</summary>
    internal static LogEventLevel ToLevel(LogVerbosity verbosity) => verbosity switch
    {
        LogVerbosity.Critical => LogEventLevel.Fatal,
        LogVerbosity.Error => LogEventLevel.Error,
        LogVerbosity.Warning => LogEventLevel.Warning,
        LogVerbosity.Information => LogEventLevel.Information,
        LogVerbosity.Debug => LogEventLevel.Debug,
        _ => LogEventLevel.Verbose,
    };
}

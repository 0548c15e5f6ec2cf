// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner;

/// <summary>The daemon's messages. Ids 7000 to 7999; an id is never used again for something else.</summary>
internal static partial class Log
{
    [LoggerMessage(7000, LogLevel.Information, "tcmu-runner {Version} starts")]
    internal static partial void Starting(this ILogger logger, string version);

    [LoggerMessage(7001, LogLevel.Information, "{HandlerCount} handlers and {DeviceCount} devices found")]
    internal static partial void Serving(this ILogger logger, int handlerCount, int deviceCount);

    [LoggerMessage(7002, LogLevel.Information, "tcmu-runner stops: {Signal}")]
    internal static partial void Stopping(this ILogger logger, string signal);

    [LoggerMessage(7003, LogLevel.Information, "tcmu-runner has stopped")]
    internal static partial void Stopped(this ILogger logger);

    [LoggerMessage(7004, LogLevel.Critical, "{Reason}")]
    internal static partial void CannotStart(this ILogger logger, string reason);

    [LoggerMessage(7005, LogLevel.Critical, "tcmu-runner fails")]
    internal static partial void Crashing(this ILogger logger, Exception exception);

    [LoggerMessage(7006, LogLevel.Error, "A background operation failed and nobody looked at its result")]
    internal static partial void UnobservedFailure(this ILogger logger, Exception exception);

    [LoggerMessage(7007, LogLevel.Information, "The log file is opened again")]
    internal static partial void LogReopened(this ILogger logger);

    [LoggerMessage(7010, LogLevel.Warning, "{Path}, line {Line}: {Key}: {Reason}; what was in force before stays")]
    internal static partial void ConfigurationLineIgnored(this ILogger logger, string path, int line, string key, string reason);

    [LoggerMessage(7011, LogLevel.Warning, "{Path}: {Reason}; what was in force before stays")]
    internal static partial void ConfigurationFileIgnored(this ILogger logger, string path, string reason);

    [LoggerMessage(7012, LogLevel.Information, "{Path} has been read again: log_level {LogLevel}, log folder {LogDirectory}")]
    internal static partial void ConfigurationReloaded(this ILogger logger, string path, int logLevel, string logDirectory);

    [LoggerMessage(7013, LogLevel.Warning, "{Path}: a new value of {Key} takes effect at the next start")]
    internal static partial void ConfigurationNeedsRestart(this ILogger logger, string path, string key);

    [LoggerMessage(7014, LogLevel.Warning, "{Path} is not watched for changes: {Reason}")]
    internal static partial void ConfigurationNotWatched(this ILogger logger, string path, string reason);

    [LoggerMessage(7020, LogLevel.Error, "The handler folder {Path} cannot be read: {Reason}; no handler is loaded")]
    internal static partial void HandlerPathUnreadable(this ILogger logger, string path, string reason);

    [LoggerMessage(7021, LogLevel.Error, "The handler {Path} is skipped: {Reason}")]
    internal static partial void HandlerSkipped(this ILogger logger, string path, string reason);

    [LoggerMessage(7022, LogLevel.Debug, "The handler {Path} failed while it was loaded")]
    internal static partial void HandlerFailed(this ILogger logger, Exception exception, string path);

    [LoggerMessage(7023, LogLevel.Debug, "Handler {Subtype} ({DisplayName}) is loaded from {Path}")]
    internal static partial void HandlerLoaded(this ILogger logger, string subtype, string displayName, string path);

    [LoggerMessage(7031, LogLevel.Error, "{Device}: its loop has not answered for {Seconds} s: its handler blocks it")]
    internal static partial void LoopSilent(this ILogger logger, string device, double seconds);

    [LoggerMessage(7030, LogLevel.Warning, "The limit of open files cannot be set to {OpenFiles}: errno {Errno}")]
    internal static partial void OpenFilesLimitRefused(this ILogger logger, int openFiles, int errno);

    [LoggerMessage(7040, LogLevel.Information, "{Path} has been read again and is applied")]
    internal static partial void TargetsReloaded(this ILogger logger, string path);

    [LoggerMessage(7041, LogLevel.Error, "{Path} is not applied, everything stays as it was: {Reason}")]
    internal static partial void TargetsRefused(this ILogger logger, string path, string reason);

    [LoggerMessage(7042, LogLevel.Error, "{Device} could not be closed: {Reason}")]
    internal static partial void UnitNotClosed(this ILogger logger, string device, string reason);

    [LoggerMessage(7043, LogLevel.Warning, "Only iSCSI targets of the targets file are served: {Reason}")]
    internal static partial void ServingWithoutKernel(this ILogger logger, string reason);

    [LoggerMessage(7060, LogLevel.Information, "The numbers of the disks are served at {Place}, page /metrics")]
    internal static partial void MetricsServed(this ILogger logger, string place);

    [LoggerMessage(7061, LogLevel.Error, "{Reason}; the disks are served without")]
    internal static partial void MetricsNotServed(this ILogger logger, string reason);

    [LoggerMessage(7062, LogLevel.Information, "The numbers of the disks are sent to {Endpoint} by OTLP")]
    internal static partial void MetricsSent(this ILogger logger, string endpoint);
}

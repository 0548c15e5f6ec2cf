// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Configuration;

namespace TcmuRunner.Logging;

/// <summary>What a logger lets through. Read per command, changed now and then.</summary>
internal sealed class LogThreshold
{
    private volatile LogLevel _minimum = LogLevel.Information;

    /// <summary>The level.</summary>
    internal LogVerbosity Verbosity
    {
        set => _minimum = value switch
        {
            LogVerbosity.Critical => LogLevel.Critical,
            LogVerbosity.Error => LogLevel.Error,
            LogVerbosity.Warning => LogLevel.Warning,
            LogVerbosity.Information => LogLevel.Information,
            LogVerbosity.Debug => LogLevel.Debug,
            _ => LogLevel.Trace,
        };
    }

    /// <summary>Whether a message of a level passes.</summary>
    internal bool Passes(LogLevel level) => level >= _minimum && level != LogLevel.None;
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Logging;

/// <summary>Makes loggers that ask a <see cref="LogThreshold"/> first: one of a device's own for loggers of devices.</summary>
/// <param name="inner">Makes the loggers that write; owned.</param>
/// <param name="thresholds">The levels.</param>
internal sealed class ThresholdLoggerFactory(ILoggerFactory inner, LogThresholds thresholds) : ILoggerFactory
{
    // The fronts' loggers of devices end in "subtype/device"; no name of a type has a slash.
    private const char Separator = '/';

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new ThresholdLogger(inner.CreateLogger(categoryName), thresholds.For(DeviceIn(categoryName)));

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();

    /// <summary>The device that a category is about; null for none. Names of devices may have dots, subtypes have none.</summary>
    internal static string? DeviceIn(string categoryName)
    {
        int separator = categoryName.IndexOf(Separator, StringComparison.Ordinal);
        return separator < 0 ? null : categoryName[(categoryName.LastIndexOf('.', separator) + 1)..];
    }

    private sealed class ThresholdLogger(ILogger inner, LogThreshold threshold) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => threshold.Passes(logLevel);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (threshold.Passes(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}

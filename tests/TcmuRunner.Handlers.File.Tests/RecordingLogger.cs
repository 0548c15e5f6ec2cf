// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Handlers.File.Tests;

/// <summary>Keeps the ids of what was logged.</summary>
internal sealed class RecordingLogger : ILogger
{
    public List<EventId> Events { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Events.Add(eventId);
}

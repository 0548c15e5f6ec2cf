// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Tests;

/// <summary>Keeps what is logged, as <c>Level: text</c>.</summary>
internal sealed class RecordingLogger<T> : ILogger<T>
{
    private readonly ConcurrentQueue<string> _lines = new();

    internal IReadOnlyCollection<string> Lines => _lines;

    /// <summary>The only line at a level or above.</summary>
    internal string Single(LogLevel level) => Assert.Single(AtLeast(level));

    internal string[] AtLeast(LogLevel level) => [.. _lines.Where(line => Enum.Parse<LogLevel>(line[..line.IndexOf(':')]) >= level)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
}

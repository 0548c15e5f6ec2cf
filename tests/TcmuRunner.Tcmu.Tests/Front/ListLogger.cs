// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Tcmu.Tests.Front;

/// <summary>Keeps what is logged.</summary>
internal sealed class ListLogger : ILogger
{
    private readonly Lock _sync = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Text, TaskCompletionSource Logged)> _waiters = [];

    internal IReadOnlyList<string> Lines
    {
        get
        {
            lock (_sync)
            {
                return [.. _lines];
            }
        }
    }

    internal Task WhenLogged(string text)
    {
        lock (_sync)
        {
            if (_lines.Exists(line => line.Contains(text, StringComparison.Ordinal)))
            {
                return Task.CompletedTask;
            }

            var logged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((text, logged));
            return logged.Task;
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string line = $"{logLevel} {eventId.Id} {formatter(state, exception)} {exception}";
        lock (_sync)
        {
            _lines.Add(line);
            foreach ((string text, TaskCompletionSource logged) in _waiters)
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    logged.TrySetResult();
                }
            }
        }
    }
}

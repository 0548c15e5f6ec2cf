// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Scsi.Tests;

/// <summary>Waits for what the engine says when a disk has followed its backing store, or could not.</summary>
internal sealed class CapacityLogger : ILogger
{
    private readonly TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The capacity has changed.</summary>
    public Task Changed => _changed.Task;

    /// <summary>It could not; the message.</summary>
    public Task<string> Failed => _failed.Task;

    /// <summary>How often the capacity has changed.</summary>
    public int Count { get; private set; }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name == "CapacityChanged")
        {
            Count++;
            _changed.TrySetResult();
        }
        else if (eventId.Name == "SizeNotFollowed")
        {
            _failed.TrySetResult(formatter(state, exception));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Cluster.Tests;

/// <summary>Collects the capacities that the engine says a disk has got.</summary>
internal sealed class SizeRecorder : ILogger
{
    private readonly Channel<long> _blockCounts = Channel.CreateUnbounded<long>();

    /// <summary>The next capacity in blocks; waits for it.</summary>
    public async Task<long> NextAsync(TimeSpan limit) => await _blockCounts.Reader.ReadAsync().AsTask().WaitAsync(limit);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name == "CapacityChanged" && state is IReadOnlyList<KeyValuePair<string, object?>> values)
        {
            _blockCounts.Writer.TryWrite((long)values.First(static value => value.Key == "NewBlocks").Value!);
        }
    }
}

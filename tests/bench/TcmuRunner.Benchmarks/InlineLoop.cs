// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io;

namespace TcmuRunner.Benchmarks;

/// <summary>The thread that measures, in the place of a loop: it calls the source itself, so that nothing else is measured.</summary>
internal sealed class InlineLoop : IoLoop
{
    private readonly Queue<LoopWorkItem> _posted = new();

    internal InlineLoop() => Current = this;

    public override string Name => "inline";

    public override string Mechanism => "inline";

    /// <summary>The device that runs here.</summary>
    internal LoopSource? Source { get; private set; }

    public override void Post(LoopWorkItem item) => _posted.Enqueue(item);

    public override Task InvokeAsync(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    public override Task AddAsync(LoopSource source)
    {
        Source = source;
        return Task.CompletedTask;
    }

    public override Task RemoveAsync(LoopSource source)
    {
        Source = null;
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        Current = null;
        return ValueTask.CompletedTask;
    }
}

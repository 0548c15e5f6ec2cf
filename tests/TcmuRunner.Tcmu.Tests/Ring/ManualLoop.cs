// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using TcmuRunner.Io;

namespace TcmuRunner.Tcmu.Tests.Ring;

/// <summary>A loop whose turns a test makes, on the thread of the test: what happens when is up to the test alone.</summary>
internal sealed class ManualLoop(Func<bool> isReady) : IoLoop
{
    private const short PollIn = 1;
    private readonly ConcurrentQueue<LoopWorkItem> _posted = new();
    private LoopSource? _source;

    public override string Name => "manual";

    public override string Mechanism => "manual";

    /// <summary>Whether a source is served.</summary>
    internal bool HasSource => _source is not null;

    /// <summary>Work items that wait for a turn.</summary>
    internal int Posted => _posted.Count;

    public override void Post(LoopWorkItem item) => _posted.Enqueue(item);

    public override Task InvokeAsync(Action action)
    {
        Run(action);
        return Task.CompletedTask;
    }

    public override Task AddAsync(LoopSource source)
    {
        _source = source;
        return Task.CompletedTask;
    }

    public override Task RemoveAsync(LoopSource source)
    {
        _source = null;
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Does something as the loop's thread.</summary>
    internal void Run(Action action)
    {
        IoLoop? outer = Current;
        Current = this;
        try
        {
            action();
        }
        finally
        {
            Current = outer;
        }
    }

    /// <summary>One turn, as <see cref="IoLoop"/> describes it.</summary>
    internal void Turn(short? events = null) => Run(() =>
    {
        while (_posted.TryDequeue(out LoopWorkItem? item))
        {
            item.Run();
        }

        try
        {
            if (_source is not null && (events is not null || isReady()))
            {
                _source.OnReady(events ?? PollIn);
            }

            _source?.Poll();
            _source?.EndBatch();
        }
        catch (Exception exception)
        {
            LoopSource failed = _source!;
            _source = null;
            failed.OnFailed(exception);
        }
    });

    /// <summary>The deadline passes.</summary>
    internal void PassDeadline() => Run(() =>
    {
        _source!.OnDeadline();
        _source?.EndBatch();
    });
}

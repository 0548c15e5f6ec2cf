// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>Runs one flush at a time; those that are asked for meanwhile share the next one.</summary>
/// <param name="flush">Flushes; must not throw.</param>
internal sealed class FlushQueue(Func<ValueTask<IoStatus>> flush)
{
    private readonly Lock _lock = new();
    private readonly Stack<Waiter> _pool = new();
    private List<Waiter> _waiting = [];
    private List<Waiter> _served = [];
    private bool _isRunning;

    /// <summary>Flushes everything that has completed before the call.</summary>
    public ValueTask<IoStatus> RunAsync()
    {
        lock (_lock)
        {
            if (_isRunning)
            {
                if (!_pool.TryPop(out Waiter? waiter))
                {
                    waiter = new Waiter(this);
                }

                _waiting.Add(waiter);
                return waiter.Start();
            }

            _isRunning = true;
        }

        return FlushFirstAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> FlushFirstAsync()
    {
        IoStatus status = await flush().ConfigureAwait(false);
        if (TakeWaiting() is { } batch)
        {
            // The first caller does not wait for those who came later.
            _ = ServeAsync(batch);
        }

        return status;
    }

    private async Task ServeAsync(List<Waiter> batch)
    {
        for (List<Waiter>? next = batch; next is not null; next = TakeWaiting())
        {
            IoStatus status = await flush().ConfigureAwait(false);
            foreach (Waiter waiter in next)
            {
                waiter.Complete(status);
            }

            next.Clear();
        }
    }

    private List<Waiter>? TakeWaiting()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _isRunning = false;
                return null;
            }

            (_waiting, _served) = (_served, _waiting);
            return _served;
        }
    }

    private sealed class Waiter(FlushQueue queue) : IoCompletion
    {
        protected override void OnConsumed()
        {
            lock (queue._lock)
            {
                queue._pool.Push(this);
            }
        }
    }
}

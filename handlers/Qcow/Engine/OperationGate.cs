// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// Counts the operations that are under way, in two generations. That tells when nobody can still be reading or writing a cluster that was
/// unmapped (<see cref="GracePeriodAsync"/>), and holds operations off while a control operation changes everything
/// (<see cref="CloseAsync"/>). Entering and leaving is one interlocked operation each; no lock, nothing is allocated. Thread safe.
/// </summary>
internal sealed class OperationGate : IDisposable
{
    private const int Closed = -1;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _exclusive = new(1);
    private readonly SemaphoreSlim _control = new(1);
    private readonly List<Waiter> _arrivals = [];
    private readonly int[] _counts = new int[2];
    private readonly TaskCompletionSource?[] _drained = new TaskCompletionSource?[2];

    // 0 or 1: the generation that operations enter; Closed while a control operation has the image for itself.
    private int _current;

    /// <summary>Begins an operation, unless the gate is closed.</summary>
    /// <param name="generation">What to give to <see cref="Leave"/>.</param>
    public bool TryEnter(out int generation)
    {
        while (true)
        {
            generation = Volatile.Read(ref _current);
            if (generation == Closed)
            {
                return false;
            }

            // A full fence: whoever turns the generation afterwards sees the count, and whoever turned it before is seen below.
            Interlocked.Increment(ref _counts[generation]);
            if (Volatile.Read(ref _current) == generation)
            {
                return true;
            }

            Leave(generation);
        }
    }

    /// <summary>Waits for the gate to open; then try again.</summary>
    public ValueTask<IoStatus> WaitAsync()
    {
        lock (_lock)
        {
            if (_current != Closed)
            {
                return new(IoStatus.Good);
            }

            Waiter waiter = Waiter.Rent();
            _arrivals.Add(waiter);
            return waiter.Start();
        }
    }

    /// <summary>Ends an operation.</summary>
    public void Leave(int generation)
    {
        if (Interlocked.Decrement(ref _counts[generation]) == 0 && Volatile.Read(ref _drained[generation]) is not null)
        {
            TaskCompletionSource? drained;
            lock (_lock)
            {
                drained = _counts[generation] == 0 ? _drained[generation] : null;
            }

            drained?.TrySetResult();
        }
    }

    /// <summary>Completes when every operation that is under way now has ended. Not to be awaited inside an operation.</summary>
    public async Task GracePeriodAsync()
    {
        await _control.WaitAsync().ConfigureAwait(false);
        try
        {
            int old = _current;
            if (old == Closed)
            {
                // Whoever closed the gate has waited for all of them, and may be waiting for us now.
                return;
            }

            Interlocked.Exchange(ref _current, 1 - old);
            await DrainAsync(old).ConfigureAwait(false);
        }
        finally
        {
            _control.Release();
        }
    }

    /// <summary>Keeps new operations out and completes when none is under way. Not to be awaited inside an operation.</summary>
    public async Task CloseAsync()
    {
        await _exclusive.WaitAsync().ConfigureAwait(false);
        await _control.WaitAsync().ConfigureAwait(false);
        try
        {
            Interlocked.Exchange(ref _current, Closed);
            await DrainAsync(0).ConfigureAwait(false);
            await DrainAsync(1).ConfigureAwait(false);
        }
        finally
        {
            _control.Release();
        }
    }

    /// <summary>Lets operations in again after <see cref="CloseAsync"/>.</summary>
    public void Open()
    {
        Waiter[] arrivals;
        lock (_lock)
        {
            _current = 0;
            arrivals = [.. _arrivals];
            _arrivals.Clear();
        }

        _exclusive.Release();
        foreach (Waiter waiter in arrivals)
        {
            waiter.Complete(IoStatus.Good);
        }
    }

    public void Dispose()
    {
        _control.Dispose();
        _exclusive.Dispose();
    }

    private async Task DrainAsync(int generation)
    {
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _drained[generation], drained);
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _counts[generation]) == 0)
        {
            drained.TrySetResult();
        }

        await drained.Task.ConfigureAwait(false);
        Volatile.Write(ref _drained[generation], null);
    }
}

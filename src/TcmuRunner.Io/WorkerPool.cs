// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io;

/// <summary>
/// A few threads for system calls that block. Each epoll loop has one of its own, so that a file system that hangs costs its own device; the
/// shared one serves threads that are no loop.
/// </summary>
/// <remarks>Threads start when work finds none idle, up to the limit, and live as long as the pool. Thread safe.</remarks>
internal sealed class WorkerPool : IDisposable
{
    /// <summary>Enough to keep a disk's queue busy, few enough that they cost nothing worth naming.</summary>
    private const int DefaultMaximumThreads = 8;

    // A monitor, not a Lock: idle threads wait on it.
    private readonly object _gate = new();
    private readonly string _name;
    private readonly int _maximumThreads;
    private LoopWorkItem? _first;
    private LoopWorkItem? _last;
    private int _queued;
    private int _threads;
    private int _idle;
    private bool _disposed;

    internal WorkerPool(string name, int maximumThreads = DefaultMaximumThreads)
    {
        _name = name;
        _maximumThreads = maximumThreads;
    }

    /// <summary>The pool for threads that are no loop.</summary>
    internal static WorkerPool Shared { get; } = new("io");

    /// <summary>Ends the threads once the queue is empty.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Runs an item on one of the threads.</summary>
    /// <param name="item">The item; in no queue. It must not throw.</param>
    internal void Queue(LoopWorkItem item)
    {
        bool grow = false;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            item.Next = null;
            if (_last is null)
            {
                _first = item;
            }
            else
            {
                _last.Next = item;
            }

            _last = item;
            _queued++;
            if (_queued > _idle && _threads < _maximumThreads)
            {
                _threads++;
                grow = true;
            }
            else
            {
                Monitor.Pulse(_gate);
            }
        }

        if (grow)
        {
            new Thread(Work) { IsBackground = true, Name = $"{_name}:worker" }.Start();
        }
    }

    private void Work()
    {
        while (Take() is { } item)
        {
            item.Run();
        }
    }

    private LoopWorkItem? Take()
    {
        lock (_gate)
        {
            while (_first is null)
            {
                if (_disposed)
                {
                    return null;
                }

                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }

            LoopWorkItem item = _first;
            _first = item.Next;
            if (_first is null)
            {
                _last = null;
            }

            item.Next = null;
            _queued--;
            return item;
        }
    }
}

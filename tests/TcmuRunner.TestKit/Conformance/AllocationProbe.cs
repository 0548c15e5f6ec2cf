// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;
using TcmuRunner.Io;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>Runs reads and writes one after the other on one thread, as a front does, and counts what they allocate there.</summary>
internal sealed class AllocationProbe : IDisposable
{
    private readonly IBlockDevice _device;
    private readonly long _sizeBytes;
    private readonly ScatteredMemory _memory;
    private readonly Action _continue;
    private ValueTaskAwaiter<IoStatus> _awaiter;
    private TaskCompletionSource<long?> _done = new();
    private int _total;
    private int _step;
    private int _thread;
    private long _before;

    public AllocationProbe(IBlockDevice device, long sizeBytes, int blockSizeBytes)
    {
        _device = device;
        _sizeBytes = sizeBytes;
        _memory = new ScatteredMemory(blockSizeBytes, blockSizeBytes * 7);
        _continue = Continue;
    }

    /// <summary>Runs a round of operations.</summary>
    /// <param name="loop">Where; null for the calling thread.</param>
    /// <param name="operations">How many.</param>
    /// <returns>The bytes allocated; null when an operation completed on another thread.</returns>
    public async Task<long?> RunAsync(IoLoop? loop, int operations)
    {
        _done = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _step = 0;
        _total = operations;
        if (loop is null)
        {
            Begin();
        }
        else
        {
            await loop.InvokeAsync(Begin);
        }

        return await _done.Task;
    }

    public void Dispose() => _memory.Dispose();

    private void Begin()
    {
        _thread = Environment.CurrentManagedThreadId;
        _before = GC.GetAllocatedBytesForCurrentThread();
        Run();
    }

    private void Continue()
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            _ = _awaiter.GetResult();
            _done.TrySetResult(null);
        }
        else if (Finish())
        {
            Run();
        }
    }

    // A loop, not recursion: operations that complete at once must not pile up on the stack.
    private void Run()
    {
        while (true)
        {
            if (_step == _total)
            {
                _done.TrySetResult(GC.GetAllocatedBytesForCurrentThread() - _before);
                return;
            }

            _step++;
            long offset = _step * _memory.List.Length % (_sizeBytes / _memory.List.Length * _memory.List.Length);
#pragma warning disable CA2012 // The result is taken once, in Finish; an async method would allocate itself.
            ValueTask<IoStatus> operation = _step % 2 == 0
                ? _device.ReadAsync(offset, _memory.List, CancellationToken.None)
                : _device.WriteAsync(offset, _memory.List, WriteOptions.None, CancellationToken.None);
            _awaiter = operation.GetAwaiter();
#pragma warning restore CA2012
            if (!_awaiter.IsCompleted)
            {
                _awaiter.UnsafeOnCompleted(_continue);
                return;
            }

            if (!Finish())
            {
                return;
            }
        }
    }

    private bool Finish()
    {
        IoStatus status = _awaiter.GetResult();
        if (!status.IsGood)
        {
            _done.TrySetException(new ConformanceException(ConformanceOutcome.Broken, $"Operation {_step} ended with {status.Outcome}."));
        }

        return status.IsGood;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Cluster.Tests;

/// <summary>Keeps a number of reads and writes in flight, each started where the one before it completed.</summary>
internal sealed class OperationLoad : IDisposable
{
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lane[] _lanes;
    private int _left;
    private int _running;

    public OperationLoad(IBlockDevice device, int depth, int operations)
    {
        _left = operations;
        _running = depth;
        _lanes = [.. Enumerable.Range(0, depth).Select(index => new Lane(this, device, index))];
    }

    public Task<bool> RunAsync()
    {
        foreach (Lane lane in _lanes)
        {
            lane.Run();
        }

        return _done.Task;
    }

    public void Dispose()
    {
        foreach (Lane lane in _lanes)
        {
            lane.Memory.Dispose();
        }
    }

    private sealed class Lane
    {
        private readonly OperationLoad _load;
        private readonly IBlockDevice _device;
        private readonly long _offset;
        private readonly Action _continue;
        private ValueTaskAwaiter<IoStatus> _awaiter;
        private int _step;

        public Lane(OperationLoad load, IBlockDevice device, int index)
        {
            _load = load;
            _device = device;
            _offset = index * 65536L;
            _continue = Continue;
        }

        public ScatteredMemory Memory { get; } = new(512, 3584);

        public void Run()
        {
            do
            {
                if (Interlocked.Decrement(ref _load._left) < 0)
                {
                    End(true);
                    return;
                }

#pragma warning disable CA2012 // Taken once, in TryFinish.
                ValueTask<IoStatus> operation = _step++ % 2 == 0
                    ? _device.WriteAsync(_offset, Memory.List.Slice(512), WriteOptions.None, CancellationToken.None)
                    : _device.ReadAsync(_offset, Memory.List.Slice(256, 3584), CancellationToken.None);
                _awaiter = operation.GetAwaiter();
#pragma warning restore CA2012
                if (!_awaiter.IsCompleted)
                {
                    _awaiter.UnsafeOnCompleted(_continue);
                    return;
                }
            }
            while (TryFinish());
        }

        private void Continue()
        {
            if (TryFinish())
            {
                Run();
            }
        }

        private bool TryFinish()
        {
            bool isGood = _awaiter.GetResult().IsGood;
            if (!isGood)
            {
                End(false);
            }

            return isGood;
        }

        private void End(bool isGood)
        {
            if (!isGood)
            {
                _load._done.TrySetResult(false);
            }
            else if (Interlocked.Decrement(ref _load._running) == 0)
            {
                _load._done.TrySetResult(true);
            }
        }
    }
}

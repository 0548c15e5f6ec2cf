// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Io.Tests;

/// <summary>The command path allocates nothing, also with many operations in flight.</summary>
public sealed class AsyncFileAllocationTests
{
    private const int Depth = 32;
    private const int Block = 4096;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Thirty_two_operations_in_flight_allocate_nothing(bool direct, bool writes)
    {
        await using var test = new FileTest("io_uring", "disk", direct);
        File.WriteAllBytes(test.Path, new byte[Depth * Block]);
        using var buffer = new NativeBuffer(Depth * Block, Block);
        var driver = new Driver(test.File, buffer.List, writes, 3_000, 10_000);

        await test.Loop.InvokeAsync(driver.Start).WaitAsync(LoopFactory.Limit);
        long allocated = await driver.Allocated.WaitAsync(LoopFactory.Limit);

        Assert.Equal(0, allocated);
        Assert.Equal(0, driver.Failures);
    }

    /// <summary>Keeps a number of operations in flight without allocating anything itself.</summary>
    private sealed class Driver
    {
        private readonly TaskCompletionSource<long> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lane[] _lanes;
        private readonly int _warmUp;
        private readonly int _count;
        private int _completed;
        private int _running;
        private long _before;
        private long _after;

        internal Driver(AsyncFile file, ScatterList memory, bool writes, int warmUp, int count)
        {
            _warmUp = warmUp;
            _count = count;
            _lanes = [.. Enumerable.Range(0, Depth).Select(index =>
                new Lane(this, file, memory.Slice((long)index * Block, Block), (long)index * Block, writes))];
        }

        internal Task<long> Allocated => _done.Task;

        internal int Failures { get; private set; }

        internal void Start()
        {
            _running = _lanes.Length;
            foreach (Lane lane in _lanes)
            {
                lane.Go();
            }
        }

        private bool Next(IoStatus status)
        {
            Failures += status.IsGood ? 0 : 1;
            _completed++;
            if (_completed == _warmUp)
            {
                _before = GC.GetAllocatedBytesForCurrentThread();
            }

            if (_completed == _warmUp + _count)
            {
                _after = GC.GetAllocatedBytesForCurrentThread();
            }

            if (_completed < _warmUp + _count)
            {
                return true;
            }

            if (--_running == 0)
            {
                _done.SetResult(_after - _before);
            }

            return false;
        }

        private sealed class Lane
        {
            private readonly Driver _driver;
            private readonly AsyncFile _file;
            private readonly ScatterList _memory;
            private readonly long _offset;
            private readonly bool _writes;
            private readonly Action _continue;
            private ValueTaskAwaiter<IoStatus> _awaiter;

            internal Lane(Driver driver, AsyncFile file, ScatterList memory, long offset, bool writes)
            {
                (_driver, _file, _memory, _offset, _writes) = (driver, file, memory, offset, writes);
                _continue = Continue;
            }

            internal void Go()
            {
                do
                {
                    // Awaited by hand, as the state machine of an async method would be counted too.
#pragma warning disable CA2012
                    ValueTask<IoStatus> task = _writes
                        ? _file.WriteAsync(_offset, _memory, WriteOptions.None, default)
                        : _file.ReadAsync(_offset, _memory, default);
#pragma warning restore CA2012
                    _awaiter = task.GetAwaiter();
                    if (!_awaiter.IsCompleted)
                    {
                        _awaiter.UnsafeOnCompleted(_continue);
                        return;
                    }
                }
                while (_driver.Next(_awaiter.GetResult()));
            }

            private void Continue()
            {
                if (_driver.Next(_awaiter.GetResult()))
                {
                    Go();
                }
            }
        }
    }
}

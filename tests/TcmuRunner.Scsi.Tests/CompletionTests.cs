// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_that_throws_costs_its_command_only(bool isLater)
    {
        var logger = new ListLogger();
        var device = new TestDevice(Expect.Cached)
        {
            Delay = isLater ? static async (_, _) => await Task.Yield() : null,
            Outcome = _ => throw new InvalidOperationException("broken"),
        };
        await using LogicalUnit unit = TestUnit.Open(device, logger: logger);

        for (int index = 0; index < 5; index++)
        {
            Expect.Sense("4 44/00", unit.Run("28 00 00000000 00 0001 00", dataIn: 512));
            Expect.Sense("4 44/00", unit.Run("2A 00 00000000 00 0001 00", new byte[512]));
        }

        device.Outcome = null;
        Expect.Good(unit.Run("89 00 0000000000000000 00000001 00 00", new byte[1024]));
        Assert.Equal(1, logger.Count(LogLevel.Error));
        Assert.Equal(0, unit.CommandsInFlight);
    }

    [Fact]
    public async Task An_aborted_command_ends_when_its_handler_gives_up()
    {
        var device = new TestDevice(Expect.Cached) { Delay = (_, token) => Task.Delay(Timeout.Infinite, token) };
        await using LogicalUnit unit = TestUnit.Open(device);
        using TestTask task = TestUnit.Prepare("28 00 00000000 00 0001 00", dataIn: 512);

        unit.Execute(task);
        Assert.False(task.IsCompleted);
        Assert.Equal(1, unit.CommandsInFlight);
        task.Abort();

        Assert.Equal(ScsiStatus.TaskAborted, task.Completed().Status);
        Assert.Equal(0, unit.CommandsInFlight);
    }

    [Fact]
    public async Task A_task_can_be_used_again_after_an_abort()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        using TestTask task = TestUnit.Prepare("00 00 00 00 00 00");
        task.Abort();

        task.Rearm(TestUnit.Nexus, new byte[6]);

        Assert.False(task.Cancellation.IsCancellationRequested);
        unit.Execute(task);
        Expect.Good(task.Completed());
    }

    [Fact]
    public async Task A_command_that_waits_for_its_range_can_be_aborted()
    {
        var release = new TaskCompletionSource();
        var device = new TestDevice(Expect.Cached) { Delay = (_, _) => release.Task };
        await using LogicalUnit unit = TestUnit.Open(device);
        using TestTask compare = TestUnit.Prepare("89 00 0000000000000000 00000001 00 00", new byte[1024]);
        using TestTask write = TestUnit.Prepare("2A 00 00000000 00 0001 00", new byte[512]);
        unit.Execute(compare);
        unit.Execute(write);

        write.Abort();

        Assert.Equal(ScsiStatus.TaskAborted, write.Completed().Status);
        release.SetResult();
        Expect.Good(compare.Completed());
        Assert.Equal(["read", "write"], device.Calls);
    }

    /// <summary>DeviceThreading.Serialized: one operation at a time, in order of arrival.</summary>
    [Fact]
    public async Task A_serialized_device_gets_one_operation_at_a_time()
    {
        var device = new TestDevice(Expect.Cached with { Threading = DeviceThreading.Serialized })
        {
            Delay = static async (_, _) => await Task.Yield(),
        };
        await using LogicalUnit unit = TestUnit.Open(device);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (int index = 0; index < 100; index++)
            {
                using TestTask task = unit.Run($"2A 00 {worker:X8} 00 0001 00", new byte[512]);
                Expect.Good(task);
                using TestTask flush = unit.Run("35 02 00000000 00 0000 00");
            }
        })));

        Assert.Equal(1, device.MostOverlapping);
    }

    [Fact]
    public async Task A_command_that_waits_for_its_turn_can_be_aborted()
    {
        var release = new TaskCompletionSource();
        var device = new TestDevice(Expect.Cached with { Threading = DeviceThreading.Serialized }) { Delay = (_, _) => release.Task };
        await using LogicalUnit unit = TestUnit.Open(device);
        using TestTask first = TestUnit.Prepare("28 00 00000000 00 0001 00", dataIn: 512);
        using TestTask second = TestUnit.Prepare("28 00 00000000 00 0001 00", dataIn: 512);
        unit.Execute(first);
        unit.Execute(second);

        Expect.Good(unit.Run("12 00 00 00 FF 00", dataIn: 255));
        second.Abort();

        Assert.Equal(ScsiStatus.TaskAborted, second.Completed().Status);
        release.SetResult();
        Expect.Good(first.Completed());
    }

    /// <summary>A queue of ten thousand commands is worked off without standing on each other's stack.</summary>
    [Fact]
    public async Task A_long_queue_does_not_recurse()
    {
        var release = new TaskCompletionSource();
        var device = new TestDevice(Expect.Cached with { Threading = DeviceThreading.Serialized }) { Delay = (_, _) => release.Task };
        await using LogicalUnit unit = TestUnit.Open(device);
        TestTask[] tasks = [.. Enumerable.Range(0, 10_000).Select(_ => TestUnit.Prepare("28 00 00000000 00 0001 00", dataIn: 512))];
        Array.ForEach(tasks, unit.Execute);

        device.Delay = null;
        release.SetResult();

        foreach (TestTask task in tasks)
        {
            Expect.Good(task.Completed());
            task.Dispose();
        }
    }

    /// <summary>No allocation per command, whether the device completes at once or later.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reads_writes_flushes_and_unmaps_allocate_nothing(bool isLater)
    {
        var device = new PooledDevice(isLater);
        await using LogicalUnit unit = TestUnit.Open(device);
        using TestTask task = TestUnit.Prepare("28 00 00000000 00 0008 00", Expect.Hex("0016 0010 00000000 0000000000000008 00000002 00000000" + new string('0', 8192)), 4096);
        byte[][] cdbs =
        [
            Expect.Hex("28 00 00000000 00 0008 00"),
            Expect.Hex("8A 00 0000000000000000 00000008 00 00"),
#if !DEBUG
            // Two steps each, through a pooled state machine; the compiler makes it a class of its own in debug builds.
            Expect.Hex("2A 08 00000000 00 0008 00"),
            Expect.Hex("28 08 00000000 00 0008 00"),
#endif
            Expect.Hex("35 00 00000000 00 0000 00"),
            Expect.Hex("42 00 00 00 00 00 00 00 18 00"),
        ];
        RunAll(unit, device, task, cdbs, 1000);

        // A collection that another test causes charges this thread with the rest of its allocation quantum; what commands allocate comes
        // back in every round.
        long allocated = long.MaxValue;
        for (int round = 0; round < 5 && allocated != 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            RunAll(unit, device, task, cdbs, 10_000);
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, allocated);
    }

    private static void RunAll(LogicalUnit unit, PooledDevice device, TestTask task, byte[][] cdbs, int count)
    {
        for (int index = 0; index < count; index++)
        {
            task.Rearm(TestUnit.Nexus, cdbs[index % cdbs.Length]);
            unit.Execute(task);
            device.CompleteAll();
            if (task.Completions != 1 || task.Status != ScsiStatus.Good)
            {
                Assert.Fail($"The command {Convert.ToHexString(task.Cdb)} ended {task.Completions} times, with {task.Status}.");
            }
        }
    }

    /// <summary>Completes from a pool of its own: at once, or when the test says so.</summary>
    private sealed class PooledDevice(bool isLater) : IBlockDevice, IFlushDevice, IUnmapDevice
    {
        private readonly IoCompletion _completion = new();
        private bool _isPending;

        public DeviceCharacteristics Characteristics { get; } = Expect.Cached with { Capabilities = DeviceCapabilities.Flush | DeviceCapabilities.Unmap };

        public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) => Run();

        public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) => Run();

        public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => Run();

        public ValueTask<IoStatus> UnmapAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) => Run();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        public void CompleteAll()
        {
            while (_isPending)
            {
                _isPending = false;
                _completion.Complete(IoStatus.Good);
            }
        }

        private ValueTask<IoStatus> Run()
        {
            if (!isLater)
            {
                return new(IoStatus.Good);
            }

            _isPending = true;
            return _completion.Start();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>What a logical unit counts, times and tells of slow commands.</summary>
public sealed class MonitorTests : IAsyncDisposable
{
    private const string Read = "28 00 00000000 00 0008 00";
    private const string Write = "2A 00 00000000 00 0008 00";
    private const int EightBlocks = 8 * 512;

    private readonly ManualTimeProvider _clock = new();
    private readonly UnitMonitors _monitors = new() { Counts = true };
    private readonly ListLogger _log = new();
    private readonly TestDevice _device = new(new DeviceCharacteristics { SizeBytes = 2048 * 512 });

    // A clock that stands at zero is one that was not asked.
    public MonitorTests() => _clock.Advance(TimeSpan.FromSeconds(1));

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    private UnitNumbers Numbers => _monitors.Get("test/disk").Read();

    [Fact]
    public async Task Commands_and_their_bytes_are_counted_by_what_they_are_for()
    {
        await using LogicalUnit unit = Open();

        unit.Run(Read, dataIn: EightBlocks);
        unit.Run(Read, dataIn: EightBlocks);
        unit.Run(Write, new byte[EightBlocks]);
        unit.Run("35 00 00000000 00 0000 00");
        unit.Run("00 00 00 00 00 00");

        UnitNumbers numbers = Numbers;
        Assert.Equal((2, 1, 1, 1), (numbers.Commands(CommandCategory.Read), numbers.Commands(CommandCategory.Write), numbers.Commands(CommandCategory.Flush), numbers.Commands(CommandCategory.Other)));
        Assert.Equal((2 * EightBlocks, EightBlocks), (numbers.Bytes(CommandCategory.Read), numbers.Bytes(CommandCategory.Write)));
    }

    [Fact]
    public async Task A_command_that_fails_is_counted_by_its_sense_key_and_moves_no_data()
    {
        await using LogicalUnit unit = Open();
        _device.Outcome = operation => operation == "read" ? IoOutcome.ReadError : IoStatus.Good;

        unit.Run(Read, dataIn: EightBlocks);
        unit.Run("28 00 FFFFFFF0 00 0008 00", dataIn: EightBlocks);

        Assert.Equal((1, 1, 0), (Numbers.Errors(SenseKey.MediumError), Numbers.Errors(SenseKey.IllegalRequest), Numbers.Bytes(CommandCategory.Read)));
        Assert.Equal(2, Numbers.Commands(CommandCategory.Read));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(16, 0)]
    [InlineData(17, 1)]
    [InlineData(1_000, 6)]
    [InlineData(100_000_000, 21)]
    public async Task The_time_that_a_command_takes_falls_into_one_bucket(long microseconds, int bucket)
    {
        await using LogicalUnit unit = Open();
        _device.Outcome = _ =>
        {
            _clock.Advance(TimeSpan.FromMicroseconds(microseconds));
            return IoStatus.Good;
        };

        unit.Run(Read, dataIn: EightBlocks);

        Assert.Equal([bucket], Enumerable.Range(0, UnitNumbers.BucketBounds.Count).Where(index => Numbers.InBucket(CommandCategory.Read, index) != 0));
        Assert.Equal(TimeSpan.FromMicroseconds(microseconds), Numbers.Duration(CommandCategory.Read));
        Assert.True(microseconds / 1e6 <= UnitNumbers.BucketBounds[bucket]);
        Assert.True(bucket == 0 || microseconds / 1e6 > UnitNumbers.BucketBounds[bucket - 1]);
    }

    [Fact]
    public async Task A_slow_command_is_told_in_words_and_its_followers_in_numbers()
    {
        _monitors.Counts = false;
        _monitors.SlowThreshold = TimeSpan.FromMilliseconds(100);
        await using LogicalUnit unit = Open();
        TimeSpan takes = TimeSpan.FromMilliseconds(99);
        _device.Outcome = _ =>
        {
            _clock.Advance(takes);
            return IoStatus.Good;
        };
        unit.Run(Read, dataIn: EightBlocks);
        Assert.Empty(_log.Messages);

        takes = TimeSpan.FromMilliseconds(250);
        unit.Run(Read, dataIn: EightBlocks);
        unit.Run(Write, new byte[EightBlocks]);
        unit.Run(Write, new byte[EightBlocks]);
        _clock.Advance(TimeSpan.FromSeconds(10));
        unit.Run(Write, new byte[EightBlocks]);

        Assert.Equal(
            [
                (LogLevel.Warning, "test/disk: slow: READ(10) lba=0 blocks=8 of test -> GOOD after 250.0 ms (0 more since the last such line)"),
                (LogLevel.Warning, "test/disk: slow: WRITE(10) lba=0 blocks=8 of test -> GOOD after 250.0 ms (2 more since the last such line)"),
            ],
            _log.Messages);
        Assert.Equal(0, Numbers.Commands(CommandCategory.Read));
    }

    [Fact]
    public async Task Nobody_who_watches_costs_no_clock()
    {
        _monitors.Counts = false;
        await using LogicalUnit unit = Open();
        TestTask task = unit.Run(Read, dataIn: EightBlocks);

        Assert.Equal(0, task.StartTimestamp);
        _monitors.Counts = true;
        unit.Run(Read, dataIn: EightBlocks);
        Assert.Equal(1, Numbers.Commands(CommandCategory.Read));
    }

    [Fact]
    public async Task Counting_allocates_nothing()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory(Options());
        using TestTask task = TestUnit.Prepare(Read, dataIn: EightBlocks);
        byte[] cdb = task.Cdb.ToArray();
        long least = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int command = 0; command < 10_000; command++)
            {
                task.Rearm(TestUnit.Nexus, cdb);
                unit.Execute(task);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.Equal(50_000, Numbers.Commands(CommandCategory.Read));
    }

    [Fact]
    public async Task No_command_of_many_threads_is_lost()
    {
        const int Threads = 12, Each = 5_000;
        await using LogicalUnit unit = TestUnit.OpenMemory(Options());
        List<Thread> threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            using TestTask task = TestUnit.Prepare(Read, dataIn: EightBlocks);
            byte[] cdb = task.Cdb.ToArray();
            for (int command = 0; command < Each; command++)
            {
                task.Rearm(TestUnit.Nexus, cdb);
                unit.Execute(task);
            }
        }))];

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(Threads * Each, Numbers.Commands(CommandCategory.Read));
        Assert.Equal((long)Threads * Each * EightBlocks, Numbers.Bytes(CommandCategory.Read));
    }

    [Fact]
    public async Task A_unit_that_is_opened_again_goes_on_counting()
    {
        await Open().DisposeAsync();
        await using LogicalUnit unit = Open();

        unit.Run(Read, dataIn: EightBlocks);

        Assert.Equal((1, 1), (Numbers.Restarts, Numbers.Commands(CommandCategory.Read)));
        _monitors.Forget("test/disk");
        Assert.Empty(_monitors.Units);
    }

    [Fact]
    public void A_threshold_below_zero_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _monitors.SlowThreshold = TimeSpan.FromMilliseconds(-1));

    private LogicalUnitOptions Options() => TestUnit.Options with { Monitor = _monitors.Get("test/disk"), TimeProvider = _clock };

    private LogicalUnit Open() => TestUnit.Open(_device, Options(), _log);
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>A backing store to which somebody else gives another size.</summary>
public sealed class SizeWatchTests
{
    private const string TestUnitReady = "00 00 00 00 00 00";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(4096)]
    [InlineData(1024)]
    public async Task A_disk_without_a_size_of_its_own_follows_and_tells_every_nexus(int blocks)
    {
        var device = new WatchedDevice();
        var told = new CapacityLogger();
        await using LogicalUnit unit = TestUnit.Open(device, TestUnit.Options with { SizeBytes = null }, told);
        unit.AddNexus(TestUnit.Nexus);

        device.ChangeSize(blocks);
        await told.Changed.WaitAsync(s_limit);

        Assert.Equal(blocks, unit.BlockCount);
        Expect.Sense("6 2A/09", unit.Run(TestUnitReady));
        Expect.Good(unit.Run(TestUnitReady));
        Expect.Good(unit.Run($"28 00 {blocks - 1:X8} 00 0001 00", dataIn: 512));
    }

    [Fact]
    public async Task A_size_of_its_own_stays_as_long_as_the_store_holds_it()
    {
        var device = new WatchedDevice();
        var told = new CapacityLogger();
        await using LogicalUnit unit = TestUnit.Open(device, logger: told);

        device.ChangeSize(4096);
        device.ChangeSize(1024);
        await told.Changed.WaitAsync(s_limit);

        Assert.Equal(1024, unit.BlockCount);
        Assert.Equal(1, told.Count);
    }

    [Fact]
    public async Task A_front_that_keeps_the_size_is_asked_and_resizes_the_unit()
    {
        var device = new WatchedDevice();
        var asked = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        LogicalUnitOptions options = TestUnit.Options with
        {
            FollowSize = sizeBytes =>
            {
                asked.SetResult(sizeBytes);
                return Task.CompletedTask;
            },
        };
        await using LogicalUnit unit = TestUnit.Open(device, options);
        unit.AddNexus(TestUnit.Nexus);

        device.ChangeSize(4096);

        Assert.Equal(4096 * 512, await asked.Task.WaitAsync(s_limit));
        Assert.Equal(2048, unit.BlockCount);
        await unit.ResizeAsync(4096 * 512, CancellationToken.None);
        Expect.Sense("6 2A/09", unit.Run(TestUnitReady));
        Assert.Equal(4096, unit.BlockCount);
    }

    [Fact]
    public async Task What_does_not_go_well_is_told_and_the_disk_lives_on()
    {
        var device = new WatchedDevice();
        var told = new CapacityLogger();
        LogicalUnitOptions options = TestUnit.Options with { FollowSize = _ => throw new HandlerException(HandlerErrorKind.Busy, "the kernel refuses") };
        await using LogicalUnit unit = TestUnit.Open(device, options, told);

        device.ChangeSize(4096);

        Assert.Contains("the kernel refuses", await told.Failed.WaitAsync(s_limit), StringComparison.Ordinal);
        Assert.Equal(2048, unit.BlockCount);
        Expect.Good(unit.Run(TestUnitReady));
    }
}

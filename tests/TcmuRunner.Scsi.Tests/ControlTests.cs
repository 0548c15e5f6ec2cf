// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class ControlTests
{
    private const string TestUnitReady = "00 00 00 00 00 00";
    private readonly ItNexus _other = new("other");

    /// <summary>SAM-5 5.14: CAPACITY DATA HAS CHANGED, once for each nexus, and new commands see the new size.</summary>
    [Theory]
    [InlineData(4096)]
    [InlineData(1024)]
    public async Task A_resize_is_told_to_every_nexus_once(int blocks)
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));
        unit.AddNexus(TestUnit.Nexus);
        unit.AddNexus(_other);

        await unit.ResizeAsync(blocks * 512L, CancellationToken.None);

        Assert.Equal(blocks, unit.BlockCount);
        Expect.Sense("6 2A/09", unit.Run(TestUnitReady));
        Expect.Good(unit.Run(TestUnitReady));
        Expect.Sense("6 2A/09", unit.Run(TestUnitReady, nexus: _other));
        Expect.Good(unit.Run($"28 00 {blocks - 1:X8} 00 0001 00", dataIn: 512));
        Expect.Sense("5 21/00", unit.Run($"28 00 {blocks:X8} 00 0001 00", dataIn: 512));
    }

    [Fact]
    public async Task The_same_size_changes_nothing()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        unit.AddNexus(TestUnit.Nexus);

        await unit.ResizeAsync(2048 * 512, CancellationToken.None);

        Expect.Good(unit.Run(TestUnitReady));
    }

    [Fact]
    public async Task A_refused_resize_changes_nothing()
    {
        var device = new TestDevice(Expect.Cached) { ResizeFailure = new HandlerException(HandlerErrorKind.NoSpace, "full") };
        await using LogicalUnit unit = TestUnit.Open(device);
        unit.AddNexus(TestUnit.Nexus);

        await Assert.ThrowsAsync<HandlerException>(async () => await unit.ResizeAsync(512, CancellationToken.None));

        Assert.Equal(2048, unit.BlockCount);
        Expect.Good(unit.Run(TestUnitReady));
    }

    [Theory]
    [InlineData(0, HandlerErrorKind.SizeMismatch)]
    [InlineData(513, HandlerErrorKind.SizeMismatch)]
    [InlineData(1024, HandlerErrorKind.NotSupported)]
    public async Task An_impossible_resize_says_why(long size, HandlerErrorKind kind)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        HandlerException exception = await Assert.ThrowsAsync<HandlerException>(async () => await unit.ResizeAsync(size, CancellationToken.None));

        Assert.Equal(kind, exception.Kind);
        Assert.StartsWith("test/disk: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_administrator_switches_the_write_cache_off_and_on()
    {
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device);
        unit.AddNexus(TestUnit.Nexus);

        await unit.SetWriteCacheAsync(true, CancellationToken.None);
        Expect.Good(unit.Run(TestUnitReady));
        await unit.SetWriteCacheAsync(false, CancellationToken.None);

        Assert.False(unit.WriteCacheEnabled);
        Assert.Equal(["flush"], device.Calls);
        Expect.Sense("6 2A/01", unit.Run(TestUnitReady));
        await unit.SetWriteCacheAsync(true, CancellationToken.None);
        Assert.True(unit.WriteCacheEnabled);
    }

    [Fact]
    public async Task A_cache_that_does_not_exist_cannot_be_switched_on()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        await unit.SetWriteCacheAsync(false, CancellationToken.None);
        HandlerException exception = await Assert.ThrowsAsync<HandlerException>(async () => await unit.SetWriteCacheAsync(true, CancellationToken.None));

        Assert.Equal(HandlerErrorKind.NotSupported, exception.Kind);
    }

    /// <summary>A flush for the administrator takes its turn on a serialized device while MODE SELECT runs there: neither waits for ever.</summary>
    [Fact]
    public async Task Switching_the_cache_from_both_sides_does_not_deadlock()
    {
        var device = new TestDevice(Expect.Cached with { Threading = DeviceThreading.Serialized }) { Delay = static async (_, _) => await Task.Yield() };
        await using LogicalUnit unit = TestUnit.Open(device);
        byte[] select = Expect.Hex("00 00 00 00 08 12 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");

        Task administrator = Task.Run(async () =>
        {
            for (int index = 0; index < 200; index++)
            {
                await unit.SetWriteCacheAsync(index % 2 == 0, CancellationToken.None);
            }
        });
        for (int index = 0; index < 200; index++)
        {
            select[6] = (byte)(index % 2 * 4);
            using TestTask task = unit.Run("15 10 00 00 18 00", select);
            Assert.Contains(task.Status, new[] { ScsiStatus.Good, ScsiStatus.Busy });
        }

        await administrator.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_new_configuration_reaches_the_device_once()
    {
        var device = new TestDevice(Expect.Cached with { Capabilities = Expect.Cached.Capabilities | DeviceCapabilities.Reconfigure });
        await using LogicalUnit unit = TestUnit.Open(device);

        await unit.ReconfigureAsync("test/disk", CancellationToken.None);
        Assert.Empty(device.Calls);
        await unit.ReconfigureAsync("test/other", CancellationToken.None);
        await unit.ReconfigureAsync("test/other\n", CancellationToken.None);

        Assert.Equal(["reconfigure test/other"], device.Calls);
    }

    [Theory]
    [InlineData("other/disk", HandlerErrorKind.InvalidConfiguration)]
    [InlineData("", HandlerErrorKind.InvalidConfiguration)]
    [InlineData("test/other", HandlerErrorKind.NotSupported)]
    public async Task An_impossible_configuration_says_why(string configuration, HandlerErrorKind kind)
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));

        HandlerException exception = await Assert.ThrowsAsync<HandlerException>(
            async () => await unit.ReconfigureAsync(configuration, CancellationToken.None));

        Assert.Equal(kind, exception.Kind);
    }

    /// <summary>SAM-5 5.14: INQUIRY, REPORT LUNS leave a unit attention pending; REQUEST SENSE returns and clears it; oldest first.</summary>
    [Fact]
    public async Task Unit_attentions_follow_the_rules()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));
        unit.AddNexus(TestUnit.Nexus, raisePowerOn: true);
        await unit.ResizeAsync(1024 * 512, CancellationToken.None);
        await unit.ResizeAsync(2048 * 512, CancellationToken.None);

        Expect.Good(unit.Run("12 00 00 00 24 00", dataIn: 36));
        Expect.Good(unit.Run("A0 00 00 00 00 00 00 00 00 10 00 00", dataIn: 16));
        Expect.Sense("6 29/00", unit.Run("FF"));
        TestTask sense = unit.Run("03 00 00 00 FF 00", dataIn: 255);

        Assert.Equal(Expect.Hex("70 00 06 00000000 0A 00000000 2A 09"), sense.Returned[..14].ToArray());
        Expect.Good(unit.Run(TestUnitReady));
    }

    [Fact]
    public async Task A_nexus_that_left_is_not_remembered()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        unit.AddNexus(_other, raisePowerOn: true);
        unit.RemoveNexus(_other);
        unit.AddNexus(_other);

        Expect.Good(unit.Run(TestUnitReady, nexus: _other));
    }

    [Fact]
    public async Task Commands_are_traced_in_words()
    {
        var logger = new ListLogger { Minimum = LogLevel.Trace };
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached), logger: logger);

        Expect.Good(unit.Run("88 18 0000000000000010 00000002 00 00", dataIn: 1024));
        Expect.Sense("5 21/00", unit.Run("2A 00 00000800 00 0001 00", new byte[512]));

        string[] messages = [.. logger.Messages.Where(message => message.Level == LogLevel.Trace).Select(message => message.Message)];
        Assert.StartsWith("test/disk: READ(16) lba=16 blocks=2 FUA DPO -> GOOD after ", messages[0], StringComparison.Ordinal);
        Assert.StartsWith(
            "test/disk: WRITE(10) lba=2048 blocks=1 -> CHECK CONDITION, ILLEGAL REQUEST / LOGICAL BLOCK ADDRESS OUT OF RANGE (5 21/00) after ",
            messages[1],
            StringComparison.Ordinal);
    }
}

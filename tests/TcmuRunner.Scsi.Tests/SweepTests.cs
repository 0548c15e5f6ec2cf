// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>FORMAT UNIT and SANITIZE (SBC-4); libiscsi Sanitize.</summary>
public sealed class SweepTests
{
    private const string Ready = "00 00 00 00 00 00";

    [Theory]
    [InlineData("04 00 00 00 00 00", "")]
    [InlineData("04 10 00 00 00 00", "00 00 00 00")]
    [InlineData("04 30 00 00 00 00", "00 80 00 00 00 00 00 00")]
    [InlineData("48 02 00 00 00 00 00 0000 00", "")]
    public async Task The_whole_medium_reads_as_zeros_and_that_is_durable(string cdb, string list)
    {
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device);
        device.Bytes.Fill(0x55);

        Expect.Good(unit.Run(cdb, Expect.Hex(list)));

        Assert.False(device.Bytes.ContainsAnyExcept((byte)0));
        Assert.Contains("flush", device.Calls);
        Expect.Good(unit.Run(Ready));
    }

    /// <summary>SBC-4 SANITIZE, OVERWRITE: a pattern of 1 byte to a block, repeated from the start of each block; inverted between passes.</summary>
    [Theory]
    [InlineData("01 00 0004 11223344", "11223344")]
    [InlineData("01 00 0003 112233", "11223311")]
    [InlineData("82 00 0001 F0", "0F0F0F0F")]
    [InlineData("83 00 0001 F0", "F0F0F0F0")]
    public async Task Overwrite_leaves_the_pattern(string list, string expected)
    {
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device);
        byte[] bytes = Expect.Hex(list);

        Expect.Good(unit.Run($"48 01 00 00 00 00 00 {bytes.Length:X4} 00", bytes));

        Assert.Equal(Expect.Hex(expected), device.Bytes[..4].ToArray());
        Assert.Equal(Expect.Hex(expected), device.Bytes[^512..^508].ToArray());
    }

    [Theory]
    [InlineData("04 40 00 00 00 00", "", "5 24/00")]
    [InlineData("04 80 00 00 00 00", "", "5 24/00")]
    [InlineData("04 08 00 00 00 00", "", "5 24/00")]
    [InlineData("04 10 00 00 00 00", "00 00 00", "5 1A/00")]
    [InlineData("04 10 00 00 00 00", "00 00 00 08", "5 26/00")]
    [InlineData("04 10 00 00 00 00", "00 08 00 00", "5 26/00")]
    [InlineData("04 10 00 00 00 00", "01 00 00 00", "5 26/00")]
    [InlineData("48 02 00 00 00 00 00 0001 00", "00", "5 24/00")]
    [InlineData("48 42 00 00 00 00 00 0000 00", "", "5 24/00")]
    [InlineData("48 02 00 01 00 00 00 0000 00", "", "5 24/00")]
    [InlineData("48 03 00 00 00 00 00 0000 00", "", "5 24/00")]
    [InlineData("48 01 00 00 00 00 00 0004 00", "01 00 0000", "5 24/00")]
    [InlineData("48 01 00 00 00 00 00 0005 00", "00 00 0001 00", "5 26/00")]
    [InlineData("48 01 00 00 00 00 00 0005 00", "01 00 0000 00", "5 26/00")]
    [InlineData("48 01 00 00 00 00 00 0005 00", "01 00 0002 00", "5 26/00")]
    [InlineData("48 01 00 00 00 00 00 0205 00", "01 00 0201 00", "5 24/00")]
    public async Task A_wrong_request_changes_nothing(string cdb, string list, string sense)
    {
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device);

        Expect.Sense(sense, unit.Run(cdb, Expect.Hex(list)));

        Assert.Empty(device.Calls);
    }

    /// <summary>SBC-4: while it goes on only a few commands work; REQUEST SENSE and the sense data tell how far it is.</summary>
    [Theory]
    [InlineData("04 10 00 00 00 00", "00 02 00 00", "2 04/04")]
    [InlineData("48 82 00 00 00 00 00 0000 00", "", "2 04/1B")]
    public async Task While_it_goes_on_the_unit_is_not_ready(string cdb, string list, string sense)
    {
        var release = new TaskCompletionSource();
        var device = new TestDevice(Expect.Cached) { Delay = (_, _) => release.Task };
        await using LogicalUnit unit = TestUnit.Open(device);

        Expect.Good(unit.Run(cdb, Expect.Hex(list)));

        TestTask refused = unit.Run(Ready);
        Expect.Sense(sense, refused);
        Assert.Equal(0x80, refused.Sense[15]);
        Expect.Sense(sense, unit.Run("28 00 00000000 00 0001 00", dataIn: 512));
        Expect.Sense(sense, unit.Run("1B 00 00 00 01 00"));
        Expect.Sense(sense, unit.Run(cdb, Expect.Hex(list)));
        Expect.Good(unit.Run("12 00 00 00 FF 00", dataIn: 255));
        Expect.Good(unit.Run("A3 0C 00 00 0000 000000FF 00 00", dataIn: 255));
        byte[] requested = unit.Run("03 00 00 00 12 00", dataIn: 18).Returned.ToArray();
        Assert.Equal(refused.Sense[..18].ToArray(), requested);
        release.SetResult();
        await UntilReady(unit);
    }

    /// <summary>libiscsi Sanitize.Reset: neither an abort nor a reset ends it.</summary>
    [Fact]
    public async Task It_outlives_its_command()
    {
        var release = new TaskCompletionSource();
        var device = new TestDevice(Expect.Cached) { Delay = (_, _) => release.Task };
        await using LogicalUnit unit = TestUnit.Open(device);
        using TestTask task = TestUnit.Prepare("48 02 00 00 00 00 00 0000 00");
        unit.Execute(task);

        task.Abort();
        unit.Reset();

        Assert.Equal(ScsiStatus.TaskAborted, task.Completed().Status);
        Expect.Sense("2 04/1B", unit.Run(Ready));
        release.SetResult();
        await UntilReady(unit);
        Assert.False(device.Bytes.ContainsAnyExcept((byte)0));
    }

    /// <summary>SBC-4 SANITIZE, AUSE: what a failed one leaves behind may be left only where that was allowed.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failed_sanitize_keeps_the_unit_closed(bool mayExit)
    {
        var logger = new ListLogger();
        var device = new TestDevice(Expect.Cached) { Outcome = _ => IoOutcome.WriteError };
        await using LogicalUnit unit = TestUnit.Open(device, logger: logger);

        Expect.Sense("3 0C/00", unit.Run($"48 {(mayExit ? 0x22 : 0x02):X2} 00 00 00 00 00 0000 00"));

        Expect.Sense("3 31/03", unit.Run("28 00 00000000 00 0001 00", dataIn: 512));
        Assert.Equal(1, logger.Count(LogLevel.Error));
        device.Outcome = null;
        if (mayExit)
        {
            Expect.Good(unit.Run("48 1F 00 00 00 00 00 0000 00"));
        }
        else
        {
            Expect.Sense("5 24/00", unit.Run("48 1F 00 00 00 00 00 0000 00"));
            Expect.Good(unit.Run("48 02 00 00 00 00 00 0000 00"));
        }

        Expect.Good(unit.Run(Ready));
    }

    [Fact]
    public async Task A_failed_format_can_be_repeated()
    {
        var device = new TestDevice(Expect.Cached) { Outcome = _ => IoOutcome.WriteError };
        await using LogicalUnit unit = TestUnit.Open(device);
        Expect.Sense("3 0C/00", unit.Run("04 00 00 00 00 00"));
        Expect.Sense("3 31/01", unit.Run(Ready));
        device.Outcome = null;

        Expect.Good(unit.Run("04 00 00 00 00 00"));

        Expect.Good(unit.Run(Ready));
    }

    [Fact]
    public async Task A_write_protected_unit_is_not_wiped()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached with { IsReadOnly = true }));

        Expect.Sense("7 27/00", unit.Run("04 00 00 00 00 00"));
        Expect.Sense("7 27/00", unit.Run("48 02 00 00 00 00 00 0000 00"));
    }

    [Fact]
    public async Task Closing_the_unit_ends_it()
    {
        var release = new TaskCompletionSource();
        var device = new TestDevice(Expect.Cached) { Delay = (_, _) => release.Task };
        LogicalUnit unit = TestUnit.Open(device);
        Expect.Good(unit.Run("48 82 00 00 00 00 00 0000 00"));

        Task closed = unit.DisposeAsync().AsTask();
        release.SetResult();

        await closed.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.True(device.IsDisposed);
    }

    private static async Task UntilReady(LogicalUnit unit)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (unit.Run(Ready).Status != ScsiStatus.Good)
        {
            await Task.Delay(1, limit.Token);
        }
    }
}

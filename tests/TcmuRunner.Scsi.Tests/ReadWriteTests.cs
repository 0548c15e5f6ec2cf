// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class ReadWriteTests
{
    [Theory]
    [InlineData("0A 00 00 10 02 00", "08 00 00 10 02 00")]
    [InlineData("2A 00 00 00 00 10 00 00 02 00", "28 00 00 00 00 10 00 00 02 00")]
    [InlineData("AA 00 00 00 00 10 00 00 00 02 00 00", "A8 00 00 00 00 10 00 00 00 02 00 00")]
    [InlineData("8A 00 00 00 00 00 00 00 00 10 00 00 00 02 00 00", "88 00 00 00 00 00 00 00 00 10 00 00 00 02 00 00")]
    public async Task What_was_written_is_read_back(string write, string read)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        byte[] data = Expect.Random(1024);

        TestTask written = unit.Run(write, data);
        TestTask readBack = unit.Run(read, dataIn: 1024);

        Expect.Good(written);
        Expect.Good(readBack);
        Assert.Equal(data, readBack.Returned.ToArray());
    }

    /// <summary>Sheet trap 6; SBC-4 READ (6): a length of zero is 256 blocks.</summary>
    [Fact]
    public async Task Length_zero_in_a_six_byte_command_is_256_blocks()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        byte[] data = Expect.Random(256 * 512);

        Expect.Good(unit.Run("0A 00 00 10 00 00", data));
        TestTask task = unit.Run("08 00 00 10 00 00", dataIn: 256 * 512);

        Expect.Good(task);
        Assert.Equal(data, task.Returned.ToArray());
    }

    /// <summary>The top bits of byte 1 of a six-byte command are address bits, or reserved, but no protection field.</summary>
    [Fact]
    public async Task A_six_byte_command_has_a_21_bit_address()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 21/00", unit.Run("08 1F FF FF 01 00", dataIn: 512));
        Expect.Good(unit.Run("08 E0 00 00 01 00", dataIn: 512));
    }

    /// <summary>SBC-4 4.5; libiscsi ZeroBlocks and BeyondEol.</summary>
    [Theory]
    [InlineData(2047, 1, null)]
    [InlineData(2047, 2, "5 21/00")]
    [InlineData(2048, 0, null)]
    [InlineData(2049, 0, "5 21/00")]
    [InlineData(2048, 1, "5 21/00")]
    [InlineData(uint.MaxValue, 1, "5 21/00")]
    public async Task Ranges_are_checked_at_the_end_of_the_disk(long address, int count, string? sense)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        byte[] data = new byte[count * 512];
        string[] cdbs = [$"28 00 {address:X8} 00 {count:X4} 00", $"2A 00 {address:X8} 00 {count:X4} 00", $"88 00 {address:X16} {count:X8} 00 00", $"8A 00 {address:X16} {count:X8} 00 00"];

        foreach (string cdb in cdbs)
        {
            TestTask task = unit.Run(cdb, data, data.Length);

            if (sense is null)
            {
                Expect.Good(task);
            }
            else
            {
                Expect.Sense(sense, task);
            }
        }
    }

    [Fact]
    public async Task An_address_that_wraps_is_out_of_range()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 21/00", unit.Run("88 00 FFFFFFFFFFFFFFFF 00000002 00 00", dataIn: 1024));
        Expect.Sense("5 21/00", unit.Run("8A 00 8000000000000000 00000001 00 00", new byte[512]));
    }

    /// <summary>Sheet trap 8; SBC-4: protection information is not supported.</summary>
    [Theory]
    [InlineData("28 20 00 00 00 00 00 00 01 00")]
    [InlineData("2A 40 00 00 00 00 00 00 01 00")]
    [InlineData("A8 E0 00 00 00 00 00 00 00 01 00 00")]
    [InlineData("AA 20 00 00 00 00 00 00 00 01 00 00")]
    [InlineData("88 20 0000000000000000 00000001 00 00")]
    [InlineData("8A 80 0000000000000000 00000001 00 00")]
    [InlineData("2E 20 00 00 00 00 00 00 01 00")]
    [InlineData("2F 20 00 00 00 00 00 00 01 00")]
    [InlineData("41 20 00 00 00 00 00 00 01 00")]
    [InlineData("89 20 0000000000000000 00000001 00 00")]
    public async Task Protection_is_refused(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 24/00", unit.Run(cdb, new byte[1024], 1024));
    }

    /// <summary>Sheet trap 7; libiscsi InvalidDataOutSize.</summary>
    [Theory]
    [InlineData("2A 00 00 00 00 00 00 00 02 00")]
    [InlineData("2E 02 00 00 00 00 00 00 02 00")]
    [InlineData("2F 02 00 00 00 00 00 00 02 00")]
    [InlineData("89 00 0000000000000000 00 00 00 01 00 00")]
    [InlineData("28 00 00 00 00 00 00 00 02 00")]
    public async Task Too_little_data_is_an_illegal_request(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 0E/03", unit.Run(cdb, new byte[1023], 1023));
    }

    [Fact]
    public async Task A_write_uses_no_more_data_than_its_cdb_says()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        byte[] data = Expect.Random(1024);

        Expect.Good(unit.Run("2A 00 00 00 00 00 00 00 01 00", data));

        byte[] result = unit.Run("28 00 00 00 00 00 00 00 02 00", dataIn: 1024).Returned.ToArray();
        Assert.Equal(data[..512], result[..512]);
        Assert.All(result[512..], value => Assert.Equal(0, value));
    }

    /// <summary>SBC-4 6.6.4 MAXIMUM TRANSFER LENGTH: what is advertised is what is done.</summary>
    [Fact]
    public async Task More_than_the_maximum_transfer_length_is_an_invalid_field()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory(TestUnit.Options with { MaximumTransferBlocks = 8 });

        Expect.Good(unit.Run("28 00 00 00 00 00 00 00 08 00", dataIn: 8 * 512));
        Expect.Sense("5 24/00", unit.Run("28 00 00 00 00 00 00 00 09 00", dataIn: 9 * 512));
        Expect.Sense("5 24/00", unit.Run("2A 00 00 00 00 00 00 00 09 00", new byte[9 * 512]));
    }

    [Fact]
    public async Task A_write_protected_disk_refuses_every_write()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached with { IsReadOnly = true }));
        string[] writes =
        [
            "0A 00 00 00 01 00",
            "2A 00 00 00 00 00 00 00 01 00",
            "2E 00 00 00 00 00 00 00 01 00",
            "41 00 00 00 00 00 00 00 01 00",
            "42 00 00 00 00 00 00 00 18 00",
            "89 00 0000000000000000 00000001 00 00",
        ];

        Assert.All(writes, cdb => Expect.Sense("7 27/00", unit.Run(cdb, new byte[1024])));
        Expect.Good(unit.Run("28 00 00 00 00 00 00 00 01 00", dataIn: 512));
        Assert.Equal(0x90, unit.Run("1A 08 3F 00 FF 00", dataIn: 255).Returned[2]);
    }

    /// <summary>Sheet trap 8: FUA with the cache on. Durable when GOOD is returned, through the device's FUA or a flush.</summary>
    [Theory]
    [InlineData(DeviceCapabilities.Flush | DeviceCapabilities.ForceUnitAccess, "2A 08 00 00 00 00 00 00 01 00", true, "write-fua")]
    [InlineData(DeviceCapabilities.Flush, "2A 08 00 00 00 00 00 00 01 00", true, "write,flush")]
    [InlineData(DeviceCapabilities.Flush, "2A 10 00 00 00 00 00 00 01 00", true, "write")]
    [InlineData(DeviceCapabilities.Flush, "2A 00 00 00 00 00 00 00 01 00", false, "write,flush")]
    [InlineData(DeviceCapabilities.Flush | DeviceCapabilities.ForceUnitAccess, "8A 00 0000000000000000 00000001 00 00", false, "write-fua")]
    [InlineData(DeviceCapabilities.Flush, "0A 00 00 00 01 00", false, "write,flush")]
    public async Task Writes_are_as_durable_as_asked_for(DeviceCapabilities capabilities, string cdb, bool writeCache, string calls)
    {
        var device = new TestDevice(Expect.Cached with { Capabilities = capabilities });
        await using LogicalUnit unit = TestUnit.Open(device, TestUnit.Options with { WriteCache = writeCache });
        byte[] data = Expect.Random(512);

        Expect.Good(unit.Run(cdb, data));

        Assert.Equal(calls, string.Join(',', device.Calls));
        Assert.Equal(calls != "write", device.Durable[..512].SequenceEqual(data));
    }

    [Fact]
    public async Task A_device_without_a_volatile_cache_is_not_flushed()
    {
        var device = new TestDevice(Expect.Cached with { HasVolatileWriteCache = false });
        await using LogicalUnit unit = TestUnit.Open(device);

        Expect.Good(unit.Run("2A 08 00 00 00 00 00 00 01 00", new byte[512]));
        Expect.Good(unit.Run("35 00 00 00 00 00 00 00 00 00"));

        Assert.False(unit.WriteCacheEnabled);
        Assert.Equal(["write"], device.Calls);
    }

    /// <summary>SBC-4 READ (10) FUA: a cached block goes to the medium before it is read.</summary>
    [Fact]
    public async Task A_forced_read_flushes_first()
    {
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device);

        Expect.Good(unit.Run("28 08 00 00 00 00 00 00 01 00", dataIn: 512));

        Assert.Equal(["flush", "read"], device.Calls);
    }

    [Theory]
    [InlineData("35 00 00 00 00 00 00 00 00 00", null)]
    [InlineData("35 00 00 00 08 00 00 00 00 00", null)]
    [InlineData("91 00 0000000000000000 00000800 00 00", null)]
    [InlineData("35 00 00 00 08 01 00 00 00 00", "5 21/00")]
    [InlineData("91 00 0000000000000001 00000800 00 00", "5 21/00")]
    public async Task Synchronize_cache_flushes_and_checks_its_range(string cdb, string? sense)
    {
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device);

        TestTask task = unit.Run(cdb);

        if (sense is null)
        {
            Expect.Good(task);
            Assert.Equal(["flush"], device.Calls);
        }
        else
        {
            Expect.Sense(sense, task);
        }
    }

    [Fact]
    public async Task Synchronize_cache_immediate_returns_at_once_and_closing_waits_for_the_flush()
    {
        var release = new TaskCompletionSource();
        var device = new TestDevice(Expect.Cached) { Delay = (_, _) => release.Task };
        LogicalUnit unit = TestUnit.Open(device);

        Expect.Good(unit.Run("35 02 00 00 00 00 00 00 00 00"));
        Task closing = unit.DisposeAsync().AsTask();
        Assert.False(closing.IsCompleted);
        release.SetResult();
        await closing.WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(["flush"], device.Calls);
        Assert.True(device.IsDisposed);
    }

    /// <summary>SBC-4 SYNCHRONIZE CACHE (10) IMMED: the initiator has its status already, so the next flush has to tell.</summary>
    [Fact]
    public async Task A_background_flush_that_fails_makes_the_next_synchronize_cache_fail_once()
    {
        const string Immediate = "35 02 00 00 00 00 00 00 00 00";
        const string Synchronize = "35 00 00 00 00 00 00 00 00 00";
        var first = new TaskCompletionSource();
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var device = new TestDevice(Expect.Cached);
        int flushes = 0;
        device.Delay = (_, _) =>
        {
            flushes++;
            return flushes == 1 ? first.Task : Task.CompletedTask;
        };
        device.Outcome = _ =>
        {
            if (flushes == 2)
            {
                second.SetResult();
            }

            return flushes == 1 ? IoOutcome.WriteError : IoOutcome.Good;
        };
        await using LogicalUnit unit = TestUnit.Open(device);

        Expect.Good(unit.Run(Immediate));
        Expect.Good(unit.Run(Immediate));
        first.SetResult();

        // The second one begins when the first has ended, and been taken note of.
        await second.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Expect.Sense("3 0C/00", unit.Run(Synchronize));
        Expect.Good(unit.Run(Synchronize));
        Assert.Equal(["flush", "flush", "flush"], device.Calls);
    }

    /// <summary>The whole table of outcomes.</summary>
    [Theory]
    [InlineData(IoOutcome.NotSupported, ScsiStatus.CheckCondition, "5 20/00")]
    [InlineData(IoOutcome.ReadError, ScsiStatus.CheckCondition, "3 11/00")]
    [InlineData(IoOutcome.WriteError, ScsiStatus.CheckCondition, "3 0C/00")]
    [InlineData(IoOutcome.Miscompare, ScsiStatus.CheckCondition, "E 1D/00")]
    [InlineData(IoOutcome.NoSpace, ScsiStatus.CheckCondition, "7 27/07")]
    [InlineData(IoOutcome.WriteProtected, ScsiStatus.CheckCondition, "7 27/00")]
    [InlineData(IoOutcome.Busy, ScsiStatus.Busy, null)]
    [InlineData(IoOutcome.OutOfResources, ScsiStatus.TaskSetFull, null)]
    [InlineData(IoOutcome.TimedOut, ScsiStatus.Busy, null)]
    [InlineData(IoOutcome.Aborted, ScsiStatus.TaskAborted, null)]
    [InlineData(IoOutcome.NotReady, ScsiStatus.CheckCondition, "2 08/00")]
    [InlineData(IoOutcome.Fenced, ScsiStatus.CheckCondition, "2 04/0B")]
    [InlineData(IoOutcome.HardwareError, ScsiStatus.CheckCondition, "4 44/00")]
    [InlineData(IoOutcome.InvalidField, ScsiStatus.CheckCondition, "5 24/00")]
    [InlineData(IoOutcome.SenseProvided, ScsiStatus.CheckCondition, "4 44/00")]
    [InlineData((IoOutcome)200, ScsiStatus.CheckCondition, "4 44/00")]
    public async Task Outcomes_become_status_and_sense(IoOutcome outcome, ScsiStatus status, string? sense)
    {
        var device = new TestDevice(Expect.Cached) { Outcome = _ => outcome };
        await using LogicalUnit unit = TestUnit.Open(device);

        TestTask task = unit.Run("28 00 00 00 00 00 00 00 01 00", dataIn: 512);

        Assert.Equal(status, task.Status);
        Assert.Equal(0, task.DataInLength);
        if (sense is not null)
        {
            Expect.Sense(sense, task);
        }
    }
}

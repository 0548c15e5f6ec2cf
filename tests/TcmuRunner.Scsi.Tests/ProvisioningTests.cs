// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class ProvisioningTests
{
    private const string OneDescriptor = "0016 0010 00000000 0000000000000008 00000002 00000000";

    [Fact]
    public async Task Unmapped_blocks_read_as_zeros_and_their_neighbours_stay()
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;

        Expect.Good(Unmap(unit, OneDescriptor));

        Assert.False(device.Bytes[(8 * 512)..(10 * 512)].ContainsAnyExcept((byte)0));
        Assert.Equal(0xFF, device.Bytes[(8 * 512) - 1]);
        Assert.Equal(0xFF, device.Bytes[10 * 512]);
    }

    /// <summary>SBC-4 UNMAP; sheet 7. No descriptor, empty descriptors and a truncated list are no errors.</summary>
    [Theory]
    [InlineData("0006 0000 00000000", null)]
    [InlineData("0006 0010 00000000", null)]
    [InlineData("0016 000F 00000000 0000000000000008 00000002 00000000", null)]
    [InlineData("0016 0010 00000000 0000000000000800 00000000 00000000", null)]
    [InlineData("0016 0010 00000000 0000000000000801 00000000 00000000", "5 21/00")]
    [InlineData("0016 0010 00000000 00000000000007FF 00000002 00000000", "5 21/00")]
    [InlineData("0016 0010 00000000 FFFFFFFFFFFFFFFF 00000001 00000000", "5 21/00")]
    [InlineData("0016 0010 00000000 0000000000000000 00100001 00000000", "5 26/00")]
    [InlineData("0006 0000 0000", "5 1A/00")]
    public async Task Unmap_checks_its_parameter_list(string list, string? sense)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;

        TestTask task = Unmap(unit, list);

        if (sense is null)
        {
            Expect.Good(task);
        }
        else
        {
            Expect.Sense(sense, task);
        }

        Assert.Empty(device.Calls);
    }

    [Fact]
    public async Task Unmap_takes_as_many_descriptors_as_it_says_and_no_more()
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;

        Expect.Good(Unmap(unit, Descriptors(256)));
        Expect.Sense("5 26/00", Unmap(unit, Descriptors(257)));

        Assert.Equal(256, device.Calls.Count);
    }

    [Theory]
    [InlineData("42 01 00 00 00 00 00 00 18 00", "5 24/00")]
    [InlineData("42 00 00 00 00 00 00 00 07 00", "5 1A/00")]
    [InlineData("42 00 00 00 00 00 00 00 FF 00", "5 1A/00")]
    public async Task Unmap_checks_its_cdb(string cdb, string sense)
    {
        (LogicalUnit unit, _) = Open();
        await using LogicalUnit opened = unit;

        Expect.Sense(sense, unit.Run(cdb, Expect.Hex(OneDescriptor)));
    }

    [Fact]
    public async Task Unmap_of_an_empty_list_is_good()
    {
        (LogicalUnit unit, _) = Open();
        await using LogicalUnit opened = unit;

        Expect.Good(unit.Run("42 00 00 00 00 00 00 00 00 00"));
    }

    [Fact]
    public async Task Without_unmap_the_command_does_not_exist()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached with { Capabilities = DeviceCapabilities.Flush }));

        Expect.Sense("5 20/00", Unmap(unit, OneDescriptor));
        Expect.Sense("5 24/00", unit.Run("93 08 0000000000000000 00000001 00 00", new byte[512]));
    }

    /// <summary>Sheet trap 1: one range that fails is the result of the command, also when it fails later.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_error_in_one_descriptor_is_reported(bool isLater)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;
        int calls = 0;
        device.Delay = isLater ? static async (_, _) => await Task.Yield() : null;
        device.Outcome = _ => ++calls == 2 ? IoOutcome.WriteError : IoStatus.Good;

        Expect.Sense("3 0C/00", Unmap(unit, Descriptors(3)));
    }

    [Fact]
    public async Task Without_a_write_cache_an_unmap_is_durable()
    {
        (LogicalUnit unit, TestDevice device) = Open(writeCache: false);
        await using LogicalUnit opened = unit;

        Expect.Good(Unmap(unit, OneDescriptor));
        Expect.Good(Unmap(unit, Descriptors(2)));

        Assert.Equal(["unmap", "flush", "unmap", "unmap", "flush"], device.Calls);
    }

    [Theory]
    [InlineData("41 00 00000008 00 0004 00")]
    [InlineData("93 00 0000000000000008 00000004 00 00")]
    public async Task Write_same_repeats_the_block(string cdb)
    {
        // Sheet trap 10: the block comes in two pieces.
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;
        byte[] block = Expect.Random(512);

        Expect.Good(unit.Run(cdb, block));

        for (int index = 0; index < 4; index++)
        {
            Assert.Equal(block, device.Bytes.Slice((8 + index) * 512, 512).ToArray());
        }

        Assert.Equal(0xFF, device.Bytes[12 * 512]);
        Assert.Equal(["write"], device.Calls);
    }

    /// <summary>Sheet trap 10; SBC-4 WRITE SAME (16) NDOB: zeros, no data.</summary>
    [Theory]
    [InlineData("93 01 0000000000000008 00000004 00 00", "write")]
    [InlineData("93 09 0000000000000008 00000004 00 00", "unmap")]
    public async Task Write_same_without_data_writes_zeros(string cdb, string call)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;

        Expect.Good(unit.Run(cdb));

        Assert.False(device.Bytes[(8 * 512)..(12 * 512)].ContainsAnyExcept((byte)0));
        Assert.Equal([call], device.Calls);
    }

    /// <summary>Unmapped blocks read as zeros, so a pattern must be written although UNMAP is set.</summary>
    [Theory]
    [InlineData(0, "unmap")]
    [InlineData(1, "write")]
    public async Task Write_same_unmaps_only_zeros(byte value, string call)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;
        byte[] block = new byte[512];
        block[511] = value;

        Expect.Good(unit.Run("93 08 0000000000000008 00000004 00 00", block));

        Assert.Equal([call], device.Calls);
        Assert.Equal(value, device.Bytes[(9 * 512) - 1]);
    }

    /// <summary>Sheet trap 14: a device that declines gets ordinary writes.</summary>
    [Fact]
    public async Task Write_same_that_the_device_declines_is_written()
    {
        var device = new TestDevice(Expect.Cached with { Capabilities = DeviceCapabilities.Flush | DeviceCapabilities.WriteSame })
        {
            Outcome = operation => operation == "write-same" ? IoOutcome.NotSupported : IoStatus.Good,
        };
        await using LogicalUnit unit = TestUnit.Open(device);

        Expect.Good(unit.Run("41 00 00000008 00 0004 00", Expect.Random(512)));

        Assert.Equal(["write-same", "write"], device.Calls);
    }

    /// <summary>Sheet traps 2 and 10; SBC-4 WRITE SAME: WSNZ, ANCHOR, obsolete bits, too long, outside, wrong data length.</summary>
    [Theory]
    [InlineData("41 00 00000000 00 0000 00", "5 24/00")]
    [InlineData("41 10 00000000 00 0001 00", "5 24/00")]
    [InlineData("41 01 00000000 00 0001 00", "5 24/00")]
    [InlineData("41 02 00000000 00 0001 00", "5 24/00")]
    [InlineData("41 04 00000000 00 0001 00", "5 24/00")]
    [InlineData("93 18 0000000000000000 00000001 00 00", "5 24/00")]
    [InlineData("93 00 0000000000000000 FFFFFFFF 00 00", "5 24/00")]
    [InlineData("41 00 000007FF 00 0002 00", "5 21/00")]
    public async Task Write_same_checks_its_cdb(string cdb, string sense)
    {
        (LogicalUnit unit, _) = Open();
        await using LogicalUnit opened = unit;

        Expect.Sense(sense, unit.Run(cdb, new byte[512]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    [InlineData(1024)]
    public async Task Write_same_takes_exactly_one_block(int length)
    {
        (LogicalUnit unit, _) = Open();
        await using LogicalUnit opened = unit;

        Expect.Sense("5 0E/03", unit.Run("41 00 00000000 00 0001 00", new byte[length]));
    }

    [Fact]
    public async Task A_long_write_same_works_in_bounded_pieces()
    {
        const long size = 4L << 20;
        var device = new TestDevice(Expect.Cached with { SizeBytes = size });
        await using LogicalUnit unit = TestUnit.Open(device, TestUnit.Options with { SizeBytes = size, WriteCache = false });
        byte[] block = Expect.Random(512);

        Expect.Good(unit.Run("93 00 0000000000000001 00001800 00 00", block));

        Assert.Equal(["write", "write", "write", "flush"], device.Calls);
        Assert.Equal(block, device.Durable.Slice(0x1800 * 512, 512).ToArray());
        Assert.Equal(0, device.Bytes[0x1801 * 512]);
    }

    private static string Descriptors(int count) =>
        $"{(count * 16) + 6:X4} {count * 16:X4} 00000000" + string.Concat(Enumerable.Range(0, count).Select(index => $"{index * 2:X16} 00000001 00000000"));

    private static TestTask Unmap(LogicalUnit unit, string list)
    {
        byte[] bytes = Expect.Hex(list);
        return unit.Run($"42 00 00 00 00 00 00 {bytes.Length:X4} 00", bytes);
    }

    private static (LogicalUnit Unit, TestDevice Device) Open(bool writeCache = true)
    {
        var device = new TestDevice(Expect.Cached);
        device.Bytes.Fill(0xFF);
        return (TestUnit.Open(device, TestUnit.Options with { WriteCache = writeCache }), device);
    }
}

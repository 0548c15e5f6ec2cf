// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class ModeTests
{
    private const string ErrorRecovery = "01 0A 00 00 00 00 00 00 00 00 00 00";
    private const string CachingOn = "08 12 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
    private const string CachingOff = "08 12 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00";
    private const string Control = "0A 0A 02 10 00 40 00 00 FF FF 00 00";

    /// <summary>SPC-5 7.5.5 and 7.5.6: header, block descriptor, pages in ascending order.</summary>
    [Theory]
    [InlineData("1A 08 3F 00 FF 00", "2F 00 10 00" + ErrorRecovery + CachingOn + Control)]
    [InlineData("1A 00 08 00 FF 00", "1F 00 10 08 00000800 00000200" + CachingOn)]
    [InlineData("1A 08 01 00 FF 00", "0F 00 10 00" + ErrorRecovery)]
    [InlineData("5A 08 0A 00 00 00 00 00 FF 00", "00 12 00 10 00 00 00 00" + Control)]
    [InlineData("5A 00 08 00 00 00 00 00 FF 00", "00 22 00 10 00 00 00 08 00000800 00000200" + CachingOn)]
    [InlineData("5A 10 08 00 00 00 00 00 FF 00", "00 2A 00 10 01 00 00 10 0000000000000800 00000000 00000200" + CachingOn)]
    [InlineData("1A 08 48 00 FF 00", "17 00 10 00 08 12 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00")]
    [InlineData("1A 08 4A 00 FF 00", "0F 00 10 00 0A 0A 00 00 08 00 00 00 00 00 00 00")]
    [InlineData("1A 08 88 00 FF 00", "17 00 10 00" + CachingOn)]
    [InlineData("1A 08 3F FF FF 00", "2F 00 10 00" + ErrorRecovery + CachingOn + Control)]
    public async Task Mode_sense_is_right_to_the_byte(string cdb, string expected)
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));

        Expect.Data(expected, unit.Run(cdb, dataIn: 255));
    }

    /// <summary>Sheet trap 15; libiscsi ModeSense6.Residuals: only as much is returned as there is, at every allocation length.</summary>
    [Fact]
    public async Task Mode_sense_returns_no_padding()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));

        for (int length = 0; length <= 255; length++)
        {
            Assert.Equal(Math.Min(length, 48), unit.Run($"1A 08 3F 00 {length:X2} 00", dataIn: 255).Returned.Length);
        }
    }

    [Theory]
    [InlineData("1A 08 02 00 FF 00", "5 24/00")]
    [InlineData("1A 08 08 01 FF 00", "5 24/00")]
    [InlineData("1A 08 C8 00 FF 00", "5 39/00")]
    public async Task Mode_sense_refuses_unknown_pages_and_saved_values(string cdb, string sense)
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));

        Expect.Sense(sense, unit.Run(cdb, dataIn: 255));
    }

    /// <summary>libiscsi ModeSense6.Control-SWP: writes are refused for everybody until it is cleared, or the unit is reset.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Software_write_protection_can_be_set_and_cleared(bool byReset)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        var other = new ItNexus("other");
        unit.AddNexus(other);
        Expect.Good(Select(unit, "00 00 00 00 0A 0A 02 10 08 40 00 00 FF FF 00 00"));

        Expect.Sense("6 2A/01", unit.Run("00 00 00 00 00 00", nexus: other));
        Expect.Sense("7 27/02", unit.Run("2A 00 00000000 00 0001 00", new byte[512], nexus: other));
        Expect.Good(unit.Run("28 00 00000000 00 0001 00", dataIn: 512));
        Expect.Data("0F 00 90 00 0A 0A 02 10 08 40 00 00 FF FF 00 00", unit.Run("1A 08 0A 00 FF 00", dataIn: 255));
        if (byReset)
        {
            unit.Reset();
        }
        else
        {
            Expect.Good(Select(unit, "00 00 00 00" + Control));
        }

        Expect.Good(unit.Run("2A 00 00000000 00 0001 00", new byte[512]));
    }

    [Fact]
    public async Task Without_a_cache_the_write_cache_bit_is_off_and_cannot_be_changed()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Data("17 00 10 00" + CachingOff, unit.Run("1A 08 08 00 FF 00", dataIn: 255));
        Expect.Data("17 00 10 00" + CachingOff, unit.Run("1A 08 48 00 FF 00", dataIn: 255));
        Expect.Sense("5 26/00", Select(unit, "00 00 00 00" + CachingOn));
    }

    /// <summary>SBC-4 6.5.5 WCE: off means that what was written is flushed and what is written is durable.</summary>
    [Fact]
    public async Task Mode_select_switches_the_write_cache_and_tells_the_others()
    {
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device);
        var other = new ItNexus("other");
        unit.AddNexus(TestUnit.Nexus);
        unit.AddNexus(other);

        Expect.Good(Select(unit, "00 00 00 00" + CachingOff));

        Assert.False(unit.WriteCacheEnabled);
        Assert.Equal(["flush"], device.Calls);
        Expect.Good(unit.Run("00 00 00 00 00 00"));
        Expect.Sense("6 2A/01", unit.Run("00 00 00 00 00 00", nexus: other));
        Expect.Good(Select(unit, "00 00 00 00" + CachingOn));
        Assert.True(unit.WriteCacheEnabled);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_flushed_stays_on()
    {
        var device = new TestDevice(Expect.Cached) { Outcome = _ => Abstractions.IoOutcome.WriteError };
        await using LogicalUnit unit = TestUnit.Open(device);

        Expect.Sense("3 0C/00", Select(unit, "00 00 00 00" + CachingOff));

        Assert.True(unit.WriteCacheEnabled);
    }

    /// <summary>The page is found in the parameter list, not in reserved bytes of the CDB (sheet 2.7).</summary>
    [Theory]
    [InlineData("00 00 00 00" + Control, null)]
    [InlineData("00 00 00 00" + CachingOn + Control, null)]
    [InlineData("00 00 00 00", null)]
    [InlineData("00 00 00 08 00000800 00000200" + Control, null)]
    [InlineData("00 00 00 08 00000000 00000200" + Control, null)]
    [InlineData("00 00 00 08 FFFFFFFF 00000200" + Control, null)]
    [InlineData("00 00 00 08 00000700 00000200" + Control, "5 26/00")]
    [InlineData("00 00 00 08 00000000 00001000" + Control, "5 26/00")]
    [InlineData("00 00 00 04 00000000" + Control, "5 26/00")]
    [InlineData("00 00 00 40 00000000" + Control, "5 1A/00")]
    [InlineData("00 00", "5 1A/00")]
    [InlineData("00 00 00 00 0A 0A 02 10 00 40", "5 1A/00")]
    [InlineData("00 00 00 00 0A", "5 1A/00")]
    [InlineData("00 00 00 00 0A 0B 02 10 00 40 00 00 FF FF 00 00", "5 26/00")]
    [InlineData("00 00 00 00 4A 00 00 08 00 00 00 00", "5 26/00")]
    [InlineData("00 00 00 00 1C 0A 00 00 00 00 00 00 00 00 00 00", "5 26/00")]
    [InlineData("00 00 00 00 0A 0A 02 10 10 40 00 00 FF FF 00 00", "5 26/00")]
    public async Task Mode_select_checks_its_parameter_list(string list, string? sense)
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));

        TestTask task = Select(unit, list);

        if (sense is null)
        {
            Expect.Good(task);
        }
        else
        {
            Expect.Sense(sense, task);
        }
    }

    /// <summary>Nothing is changed when a later page of the list is wrong.</summary>
    [Fact]
    public async Task Mode_select_changes_all_or_nothing()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));

        Expect.Sense("5 26/00", Select(unit, "00 00 00 00" + CachingOff + "0A 0A 02 10 10 40 00 00 FF FF 00 00"));

        Assert.True(unit.WriteCacheEnabled);
    }

    [Theory]
    [InlineData("15 00 00 00 18 00", "5 24/00")]
    [InlineData("15 11 00 00 18 00", "5 24/00")]
    [InlineData("15 10 00 00 40 00", "5 1A/00")]
    [InlineData("55 10 00 00 00 00 00 FF FF 00", "5 1A/00")]
    public async Task Mode_select_checks_its_cdb(string cdb, string sense)
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));

        Expect.Sense(sense, unit.Run(cdb, Expect.Hex("00 00 00 00" + CachingOff)));
    }

    [Fact]
    public async Task Mode_select_10_takes_long_descriptors()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));
        byte[] list = Expect.Hex("00 00 00 00 01 00 00 10 FFFFFFFFFFFFFFFF 00000000 00000200" + CachingOff);

        Expect.Good(unit.Run($"55 10 00 00 00 00 00 {list.Length:X4} 00", list));

        Assert.False(unit.WriteCacheEnabled);
    }

    [Fact]
    public async Task An_empty_mode_select_changes_nothing()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));

        Expect.Good(unit.Run("15 10 00 00 00 00"));
        Expect.Good(unit.Run("55 10 00 00 00 00 00 00 00 00"));
    }

    private static TestTask Select(LogicalUnit unit, string list)
    {
        byte[] bytes = Expect.Hex(list);
        return unit.Run($"15 10 00 00 {bytes.Length:X2} 00", bytes);
    }
}

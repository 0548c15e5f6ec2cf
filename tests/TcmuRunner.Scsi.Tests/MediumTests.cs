// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>START STOP UNIT and PREVENT ALLOW MEDIUM REMOVAL of a removable disk; libiscsi StartStopUnit, NoMedia and PreventAllow.</summary>
public sealed class MediumTests
{
    private const string Eject = "1B 00 00 00 02 00";
    private const string Load = "1B 00 00 00 03 00";
    private const string Prevent = "1E 00 00 00 01 00";
    private const string Allow = "1E 00 00 00 00 00";
    private static readonly ItNexus s_other = new("other");

    [Theory]
    [InlineData("00 00 00 00 00 00")]
    [InlineData("28 00 00000000 00 0001 00")]
    [InlineData("2A 00 00000000 00 0001 00")]
    [InlineData("25 00 00000000 00 0000 00")]
    [InlineData("9E 10 00000000 00000000 00000020 00 00")]
    [InlineData("9E 12 00000000 00000000 00000020 00 00")]
    [InlineData("35 00 00000000 00 0000 00")]
    [InlineData("42 00 00000000 00 0000 00")]
    [InlineData("34 00 00000000 00 0001 00")]
    public async Task Without_a_medium_nothing_can_be_done_with_it(string cdb)
    {
        await using LogicalUnit unit = Open();
        Expect.Good(unit.Run(cdb, new byte[512], 512));

        Expect.Good(unit.Run(Eject));

        Expect.Sense("2 3A/00", unit.Run(cdb, new byte[512], 512));
        Expect.Good(unit.Run("12 00 00 00 FF 00", dataIn: 255));
        Expect.Good(unit.Run("1A 08 3F 00 FF 00", dataIn: 255));
        Expect.Good(unit.Run(Eject));
        Expect.Good(unit.Run(Load));
        Expect.Good(unit.Run(cdb, new byte[512], 512));
    }

    [Fact]
    public async Task Ejecting_flushes_and_loading_tells_the_others()
    {
        var device = new TestDevice(Expect.Cached);
        await using LogicalUnit unit = TestUnit.Open(device, TestUnit.Options with { IsRemovable = true });
        unit.AddNexus(s_other);
        Expect.Good(unit.Run("2A 00 00000000 00 0001 00", Expect.Random(512)));

        Expect.Good(unit.Run(Eject));
        Expect.Good(unit.Run(Load));

        Assert.Equal(Expect.Random(512), device.Durable[..512].ToArray());
        Expect.Sense("6 28/00", unit.Run("00 00 00 00 00 00", nexus: s_other));
        Expect.Good(unit.Run("00 00 00 00 00 00"));
    }

    [Fact]
    public async Task Whoever_prevents_it_keeps_the_medium_in()
    {
        await using LogicalUnit unit = Open();
        unit.AddNexus(s_other);
        Expect.Good(unit.Run(Prevent));

        Expect.Sense("5 53/02", unit.Run(Eject));
        Expect.Sense("5 53/02", unit.Run(Eject, nexus: s_other));
        Expect.Good(unit.Run(Allow, nexus: s_other));
        Expect.Sense("5 53/02", unit.Run(Eject));
        Expect.Good(unit.Run(Allow));
        Expect.Good(unit.Run(Eject));
        Expect.Good(unit.Run(Prevent));
        Expect.Sense("5 53/02", unit.Run(Load));
        Expect.Sense("5 24/00", unit.Run("1E 00 00 00 02 00"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nexus_loss_and_reset_allow_removal(bool isReset)
    {
        await using LogicalUnit unit = Open();
        unit.AddNexus(s_other);
        Expect.Good(unit.Run(Prevent, nexus: s_other));

        if (isReset)
        {
            unit.Reset();
        }
        else
        {
            unit.RemoveNexus(s_other);
        }

        Expect.Good(unit.Run(Eject));
    }

    /// <summary>libiscsi StartStopUnit.PwrCnd and NoLoej: only LOEJ without a power condition ejects.</summary>
    [Theory]
    [InlineData("1B 00 00 00 12 00")]
    [InlineData("1B 00 00 00 F2 00")]
    [InlineData("1B 00 00 00 00 00")]
    [InlineData("1B 00 00 00 01 00")]
    [InlineData("1B 00 00 00 04 00")]
    public async Task Anything_else_leaves_the_medium_where_it_is(string cdb)
    {
        await using LogicalUnit unit = Open();

        Expect.Good(unit.Run(cdb));

        Expect.Good(unit.Run("00 00 00 00 00 00"));
    }

    [Fact]
    public async Task The_standard_data_say_that_the_medium_is_removable()
    {
        await using LogicalUnit unit = Open();

        Assert.Equal(0x80, unit.Run("12 00 00 00 FF 00", dataIn: 255).Returned[1]);
    }

    private static LogicalUnit Open() => TestUnit.OpenMemory(TestUnit.Options with { IsRemovable = true });
}

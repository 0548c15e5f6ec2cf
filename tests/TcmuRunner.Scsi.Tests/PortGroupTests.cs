// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class PortGroupTests
{
    private const string Report = "A3 0A 00 00 00 00 000000FF 00 00";
    private const string Extended = "A3 2A 00 00 00 00 000000FF 00 00";
    private readonly TestTargetPortGroups _groups = new(Group(1, true, 3), Group(0x0203, false, 4, 5));

    /// <summary>SPC-5 6.36; sheet trap 17: the length of the extended header counts.</summary>
    [Theory]
    [InlineData(Report, "0000001C  80 0F 0001 00 02 00 01 0000 0003  00 0F 0203 00 02 00 02 0000 0004 0000 0005")]
    [InlineData(Extended, "00000020  10 07 0000  80 0F 0001 00 02 00 01 0000 0003  00 0F 0203 00 02 00 02 0000 0004 0000 0005")]
    public async Task The_report_is_right_to_the_byte(string cdb, string expected)
    {
        await using LogicalUnit unit = Open();

        Expect.Data(expected, unit.Run(cdb, dataIn: 255));
    }

    /// <summary>Sheet trap 16; libiscsi ReportTargetPortGroups.AllocLength: cut to the byte, also inside a group.</summary>
    [Fact]
    public async Task Every_allocation_length_is_obeyed()
    {
        await using LogicalUnit unit = Open();
        byte[] whole = unit.Run(Report, dataIn: 255).Returned.ToArray();

        for (int length = 0; length < 40; length++)
        {
            TestTask task = unit.Run($"A3 0A 00 00 00 00 {length:X8} 00 00", dataIn: 64);

            Assert.Equal(whole[..Math.Min(length, whole.Length)], task.Returned.ToArray());
        }
    }

    [Fact]
    public async Task Without_an_enabled_port_the_commands_do_not_exist()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 20/00", unit.Run(Report, dataIn: 255));
        Expect.Sense("5 20/00", Set(unit, "00000000 00 00 0001"));
    }

    [Fact]
    public async Task An_unknown_format_is_an_invalid_field()
    {
        await using LogicalUnit unit = Open();

        Expect.Sense("5 24/00", unit.Run("A3 4A 00 00 00 00 000000FF 00 00", dataIn: 255));
    }

    [Theory]
    [InlineData("00000000 00 00 0001", null)]
    [InlineData("00000000 02 00 0001 00 00 0203", null)]
    [InlineData("00000000", null)]
    [InlineData("00000000 00 00 0009", "5 26/00")]
    [InlineData("00000000 0F 00 0001", "5 26/00")]
    [InlineData("00000000 0E 00 0001", "5 26/00")]
    [InlineData("00000000 00 00", "5 1A/00")]
    [InlineData("0000", "5 1A/00")]
    public async Task Set_target_port_groups_checks_its_list(string list, string? sense)
    {
        await using LogicalUnit unit = Open();

        TestTask task = Set(unit, list);

        if (sense is null)
        {
            Expect.Good(task);
        }
        else
        {
            Expect.Sense(sense, task);
        }
    }

    [Fact]
    public async Task Set_target_port_groups_changes_all_or_nothing()
    {
        await using LogicalUnit unit = Open();

        Expect.Sense("5 26/00", Set(unit, "00000000 02 00 0001 0E 00 0203"));
        Assert.All(_groups.Read()!, group => Assert.Equal(AsymmetricAccessState.ActiveOptimized, group.State));
        Expect.Good(Set(unit, "00000000 02 00 0001"));
        Assert.Equal(AsymmetricAccessState.Standby, _groups.Read()![0].State);
    }

    [Fact]
    public async Task A_change_that_fails_says_so()
    {
        _groups.RefusesChange = true;
        await using LogicalUnit unit = Open();

        Expect.Sense("4 67/0A", Set(unit, "00000000 00 00 0001"));
    }

    private static TargetPortGroup Group(ushort id, bool isPreferred, params ushort[] ports) => new()
    {
        Id = id,
        State = AsymmetricAccessState.ActiveOptimized,
        IsPreferred = isPreferred,
        SupportedStates = 0x0F,
        StatusCode = 2,
        IsImplicit = true,
        IsExplicit = true,
        ImplicitTransitionSeconds = 7,
        Ports = [.. ports.Select(port => new TargetPort(port, 5, "iqn.2003-01.x:t", 1, true))],
    };

    private static TestTask Set(LogicalUnit unit, string list)
    {
        byte[] bytes = Expect.Hex(list);
        return unit.Run($"A4 0A 00 00 00 00 {bytes.Length:X8} 00 00", bytes);
    }

    private LogicalUnit Open() => TestUnit.OpenMemory(TestUnit.Options with { Environment = new TestEnvironment { TargetPortGroups = _groups } });
}

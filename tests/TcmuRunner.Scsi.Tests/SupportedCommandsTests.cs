// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class SupportedCommandsTests
{
    /// <summary>libiscsi ReportSupportedOpcodes.OneCommand: usage map, CDB size, and the DPO and FUA bits that DPOFUA promises.</summary>
    [Theory]
    [InlineData("A3 0C 01 28 0000 000000FF 00 00", "00 03 000A 28 18 FF FF FF FF 00 FF FF 04")]
    [InlineData("A3 0C 81 28 0000 000000FF 00 00", "00 83 000A 28 18 FF FF FF FF 00 FF FF 04 000A 00000000000000000000")]
    [InlineData("A3 0C 02 9E 0010 000000FF 00 00", "00 03 0010 9E 10 0000000000000000 FFFFFFFF 00 04")]
    [InlineData("A3 0C 03 9E 0010 000000FF 00 00", "00 03 0010 9E 10 0000000000000000 FFFFFFFF 00 04")]
    [InlineData("A3 0C 03 00 0000 000000FF 00 00", "00 03 0006 00 00 00 00 00 04")]
    [InlineData("A3 0C 01 05 0000 000000FF 00 00", "00 01 0000")]
    [InlineData(
        "A3 0C 03 7F 0009 000000FF 00 00", "00 03 0020 7F 04 00 00 00 00 00 18 00 09 18 00 FFFFFFFFFFFFFFFF 0000000000000000 FFFFFFFF")]
    [InlineData("A3 0C 02 9E 0011 000000FF 00 00", "00 01 0000")]
    [InlineData("A3 0C 02 05 0001 000000FF 00 00", "00 01 0000")]
    [InlineData("A3 0C 03 28 0001 000000FF 00 00", "00 01 0000")]
    [InlineData("A3 0C 02 A3 000A 000000FF 00 00", "00 01 0000")]
    [InlineData("A3 0C 02 7F 0007 000000FF 00 00", "00 01 0000")]
    [InlineData("A3 0C 01 28 0000 00000003 00 00", "00 03 00")]
    [InlineData("A3 0D 00 00 0000 000000FF 00 00", "88 00 00 00")]
    [InlineData("A3 0D 80 00 0000 000000FF 00 00", "88 00 00 0C 00000000 00000000 00000000")]
    public async Task A_report_is_right_to_the_byte(string cdb, string expected)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Data(expected, unit.Run(cdb, dataIn: 255));
    }

    /// <summary>SPC-5 6.34: option 1 on an operation code with service actions, option 2 on one without, reserved options.</summary>
    [Theory]
    [InlineData("A3 0C 01 9E 0010 000000FF 00 00")]
    [InlineData("A3 0C 02 28 0000 000000FF 00 00")]
    [InlineData("A3 0C 04 28 0000 000000FF 00 00")]
    [InlineData("A3 0D 00 00 0000 00000003 00 00")]
    public async Task A_wrong_option_is_an_invalid_field(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 24/00", unit.Run(cdb, dataIn: 255));
    }

    /// <summary>libiscsi ReportSupportedOpcodes.RCTD and SERVACTV, for every command of the list.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_list_is_consistent(bool wantsTimeouts)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        int size = wantsTimeouts ? 20 : 8;

        byte[] list = unit.Run($"A3 0C {(wantsTimeouts ? 0x80 : 0):X2} 00 0000 0000FFFF 00 00", dataIn: 65536).Returned.ToArray();

        Assert.Equal(list.Length - 4, (list[2] << 8) | list[3]);
        Assert.Equal(0, (list.Length - 4) % size);
        for (int offset = 4; offset < list.Length; offset += size)
        {
            bool hasServiceAction = (list[offset + 5] & 0x01) != 0;
            Assert.Equal(wantsTimeouts, (list[offset + 5] & 0x02) != 0);
            Assert.True(hasServiceAction || (list[offset + 2] | list[offset + 3]) == 0);
            Assert.NotEqual(0, list[offset + 7]);
            Assert.True(!wantsTimeouts || list[offset + 9] == 0x0A);
        }
    }

    /// <summary>What is reported is what is done: a listed command never answers that it does not exist, an absent one always does.</summary>
    [Fact]
    public async Task Exactly_the_listed_commands_exist()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached with { Capabilities = DeviceCapabilities.Flush }));

        foreach (CommandDescriptor command in CommandTable.Commands)
        {
            byte[] cdb = Expect.EmptyCdb(command);
            TestTask task = unit.Run(Convert.ToHexString(cdb), new byte[512], 512);
            string option = command.HasServiceAction ? "02" : "01";
            byte support = unit.Run($"A3 0C {option} {cdb[0]:X2} {Math.Max(command.ServiceAction, 0):X4} 000000FF 00 00", dataIn: 255).Returned[1];

            bool isMissing = task.Status == ScsiStatus.CheckCondition && task.Code == AdditionalSenseCode.InvalidCommandOperationCode;
            Assert.True(isMissing == (support == 1), command.Name);
        }
    }

    [Fact]
    public void Every_row_has_the_length_of_its_group()
    {
        foreach (CommandDescriptor command in CommandTable.Commands)
        {
            int expected = (command.OperationCode >> 5) switch { 0 => 6, 1 or 2 => 10, 3 => 32, 4 => 16, _ => 12 };
            Assert.True(expected == command.CdbLength, command.Name);
        }
    }
}

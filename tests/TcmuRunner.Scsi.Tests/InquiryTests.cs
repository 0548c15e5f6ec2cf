// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class InquiryTests
{
    private static readonly TestTargetPortGroups s_groups = new(new TargetPortGroup
    {
        Id = 0x0102,
        State = AsymmetricAccessState.ActiveOptimized,
        IsImplicit = true,
        Ports = [new TargetPort(1, 5, "iqn.off", 1, false), new TargetPort(0x0203, 5, "iqn.2003-01.x:t", 1, true)],
    });

    /// <summary>SPC-5 6.6.2; the names as the Linux target gives them.</summary>
    [Fact]
    public async Task Standard_data_are_right_to_the_byte()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        TestTask task = unit.Run("12 00 00 00 FF 00", dataIn: 255);

        Expect.Data(
            """
            00 00 06 02 45 08 00 02
            4C 49 4F 2D 4F 52 47 20
            54 43 4D 55 20 64 65 76 69 63 65 20 20 20 20 20
            30 30 30 32
            00000000 00000000 00000000 00000000 00000000 0000
            00A0 0460 04C0 0000 0000 0000 0000 0000
            """,
            task);
    }

    /// <summary>SPC-5 6.6.2 TPGS.</summary>
    [Fact]
    public async Task Standard_data_tell_of_target_port_groups()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory(WithGroups());

        Assert.Equal(0x18, unit.Run("12 00 00 00 FF 00", dataIn: 255).Returned[5]);
    }

    /// <summary>SPC-5 4.2.5.6: the allocation length cuts, byte for byte, and is no error.</summary>
    [Fact]
    public async Task Every_allocation_length_is_obeyed()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        byte[] whole = unit.Run("12 00 00 02 00 00", dataIn: 512).Returned.ToArray();

        for (int length = 0; length <= 512; length++)
        {
            TestTask task = unit.Run($"12 00 00 {length:X4} 00", dataIn: 512);

            Expect.Good(task);
            Assert.Equal(whole[..Math.Min(length, whole.Length)], task.Returned.ToArray());
        }
    }

    /// <summary>SPC-5 6.6.1: a page code without EVPD, CMDDT, and a page that does not exist.</summary>
    [Theory]
    [InlineData("12 00 80 00 FF 00")]
    [InlineData("12 02 00 00 FF 00")]
    [InlineData("12 01 87 00 FF 00")]
    public async Task A_wrong_page_is_an_invalid_field(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 24/00", unit.Run(cdb, dataIn: 255));
    }

    [Theory]
    [InlineData("12 01 00 00 FF 00", "00 00 00 08 00 80 83 86 8F B0 B1 B2")]
    [InlineData(
        "12 01 80 00 FF 00",
        "00 80 00 25 33 62 35 62 31 61 36 65 2D 35 32 63 39 2D 34 66 36 62 2D 39 61 35 34 2D 39 64 31 63 38 66 30 65 37 61 32 31 00")]
    [InlineData("12 01 B2 00 FF 00", "00 B2 00 04 00 E4 02 00")]
    [InlineData("12 01 86 00 0A 00", "00 86 00 3C 00 07 00 01 00 00")]
    [InlineData(
        "12 01 8F 00 FF 00",
        "00 8F 00 5C" + "0001 000C 07 83 01 00 84 02 00 03 00000000" + "0004 001C 00000000 0008 0010 000002C0 00000000 000000000000000000000000"
        + "0008 0004 02 02 E4 00" + "8001 0020 000000FF 000000FF 01FFFE00 09 00 000000000000000000000000000000000000")]
    public async Task Vital_product_data_are_right_to_the_byte(string cdb, string expected)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Data(expected, unit.Run(cdb, dataIn: 255));
    }

    /// <summary>SPC-5 7.7.6; the NAA identifier is the kernel's: 6001405 and the hex digits of the serial number.</summary>
    [Fact]
    public async Task Designators_are_right_to_the_byte()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory(WithGroups());

        TestTask task = unit.Run("12 01 83 02 00 00", dataIn: 512);

        Expect.Data(
            """
            00 83 00 95
            02 01 00 2D  4C494F2D4F524720 33623562316136652D353263392D346636622D396135342D39643163386630653761323100
            01 03 00 10  60014053 B5B1A6E5 2C94F6B9 A549D1C8
            02 00 00 08  6D656D6F72792F00
            51 94 00 04  0000 0203
            51 95 00 04  0000 0102
            53 98 00 1C  69716E2E323030332D30312E783A742C742C30783030303100000000
            53 A8 00 10  69716E2E323030332D30312E783A7400
            """,
            task);
    }

    /// <summary>SPC-5 7.7.6.7 and 7.7.6.8: the port and group are those through which the command came.</summary>
    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    public async Task Designators_are_of_the_port_that_is_used(int port, int group)
    {
        TargetPortGroup[] groups =
        [
            new() { Id = 10, State = AsymmetricAccessState.ActiveOptimized, IsImplicit = true, Ports = [new TargetPort(1, 5, "iqn.a", 1, true)] },
            new() { Id = 20, State = AsymmetricAccessState.ActiveNonOptimized, IsImplicit = true, Ports = [new TargetPort(2, 5, "iqn.a", 2, true)] },
        ];
        var environment = new TestEnvironment { UnitSerialNumber = null, TargetPortGroups = new TestTargetPortGroups(groups) };
        await using LogicalUnit unit = TestUnit.OpenMemory(TestUnit.Options with { Environment = environment });
        var nexus = new ItNexus("iqn.test:a", Cluster.Port("iqn.test:a"), (ushort)port);

        byte[] page = unit.Run("12 01 83 02 00 00", dataIn: 512, nexus: nexus).Returned.ToArray();

        Assert.Equal(Expect.Hex($"51 94 00 04 0000 {port:X4} 51 95 00 04 0000 {group:X4}"), page[16..32]);
    }

    /// <summary>SPC-5 7.7.16: spaces where there is no serial number; page 83h then names the unit by its configuration alone.</summary>
    [Theory]
    [InlineData("12 01 80 00 FF 00", "00 80 00 04 20 20 20 20")]
    [InlineData("12 01 83 00 FF 00", "00 83 00 0C 02 00 00 08 6D 65 6D 6F 72 79 2F 00")]
    public async Task Without_a_serial_number_pages_are_still_answered(string cdb, string expected)
    {
        var environment = new TestEnvironment { UnitSerialNumber = null };
        await using LogicalUnit unit = TestUnit.OpenMemory(TestUnit.Options with { Environment = environment });

        Expect.Data(expected, unit.Run(cdb, dataIn: 255));
    }

    /// <summary>SBC-4 6.6.4 with the rules that libiscsi checks: unmap limits not zero, at most 1,048,576 blocks.</summary>
    [Fact]
    public async Task Block_limits_are_right_to_the_byte()
    {
        var device = new TestDevice(Expect.Cached with
        {
            PhysicalBlockSizeBytes = 4096,
            OptimalTransferBytes = 65536,
            UnmapGranularityBytes = 8192,
        });
        await using LogicalUnit unit = TestUnit.Open(device, TestUnit.Options with { MaximumTransferBlocks = 0x400 });

        Expect.Data(
            """
            00 B0 00 3C
            01 FF 0008 00000400 00000080 00000000
            00100000 00000100 00000010 80000000
            000000000000FFFF
            00000000 00000000 00000000 00000000 00000000
            """,
            unit.Run("12 01 B0 00 FF 00", dataIn: 255));
    }

    /// <summary>Sheet traps 2, 3 and 12: without unmap nothing of it is advertised, and no granularity is zero.</summary>
    [Fact]
    public async Task A_fully_provisioned_disk_advertises_no_unmap()
    {
        var device = new TestDevice(Expect.Cached with { Capabilities = DeviceCapabilities.Flush });
        await using LogicalUnit unit = TestUnit.Open(device);

        byte[] limits = unit.Run("12 01 B0 00 FF 00", dataIn: 255).Returned.ToArray();

        Assert.All(limits[20..36], value => Assert.Equal(0, value));
        Expect.Data("00 B2 00 04 00 00 00 00", unit.Run("12 01 B2 00 FF 00", dataIn: 255));
    }

    [Fact]
    public async Task Unmap_that_leaves_anything_behind_promises_no_zeros()
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached with { UnmappedReadsZero = false }));

        Expect.Data("00 B2 00 04 00 80 02 00", unit.Run("12 01 B2 00 FF 00", dataIn: 255));
        Assert.Equal(0x80, unit.Run("9E 10 00000000 00000000 00000020 00 00", dataIn: 32).Returned[14]);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task The_medium_rotation_rate_is_the_devices(bool isSolidState, int rate)
    {
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached with { IsSolidState = isSolidState }));

        TestTask task = unit.Run("12 01 B1 00 FF 00", dataIn: 255);

        Assert.Equal(64, task.Returned.Length);
        Assert.Equal(rate, (task.Returned[4] << 8) | task.Returned[5]);
    }

    [Fact]
    public async Task A_long_configuration_and_serial_number_are_cut()
    {
        var options = TestUnit.Options with
        {
            Configuration = "test/" + new string('x', 2000),
            Environment = new TestEnvironment { UnitSerialNumber = new string('a', 1000), TargetPortGroups = s_groups },
        };
        await using LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached), options);

        TestTask task = unit.Run("12 01 83 FF FF 00", dataIn: 4096);

        Expect.Good(task);
        Assert.Equal(task.Returned.Length - 4, (task.Returned[2] << 8) | task.Returned[3]);
    }

    private static LogicalUnitOptions WithGroups() =>
        TestUnit.Options with { Environment = new TestEnvironment { TargetPortGroups = s_groups } };
}

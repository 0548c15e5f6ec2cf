// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>The rules of reads and writes and every sense code of theirs (ZBC-2 4.4.3).</summary>
public sealed class TransferRuleTests
{
    [Theory]
    [InlineData("model-HM", "5 21/05")]
    [InlineData("model-HA", "good")]
    public void A_write_across_two_zones_of_one_type(string options, string result)
    {
        using ZonedDisk disk = ZonedDisk.Create(options);
        long second = 4 * disk.Zone;
        disk.Write(3 * disk.Zone, (int)disk.Zone - 8);

        Assert.Equal(result, disk.Write(second - 8, 16));
        Assert.Equal(result == "good" ? second + 8 : second, disk.At(second).WritePointer);
    }

    [Theory]
    [InlineData("model-HM")]
    [InlineData("model-HA")]
    public void Conventional_and_sequential_zones_are_crossed_by_no_transfer(string options)
    {
        using ZonedDisk disk = ZonedDisk.Create(options + "/conv-2");
        long boundary = 2 * disk.Zone;

        Assert.Equal("good", disk.Write(disk.Zone - 8, 16));
        Assert.Equal("good", disk.Read(disk.Zone - 8, 16));
        Assert.Equal("5 21/05", disk.Write(boundary - 8, 16));
        Assert.Equal("5 21/07", disk.Read(boundary - 8, 16));
    }

    [Theory]
    [InlineData("model-HM", "5 21/04", "5 21/04", "5 24/00")]
    [InlineData("model-HA", "good", "good", "good")]
    public void A_write_that_is_not_at_the_write_pointer(string options, string above, string below, string full)
    {
        using ZonedDisk disk = ZonedDisk.Create(options);
        long zone = 3 * disk.Zone;
        disk.Write(zone, 16);

        Assert.Equal(below, disk.Write(zone, 8));
        Assert.Equal(zone + 16, disk.At(zone).WritePointer);
        Assert.Equal(above, disk.Write(zone + 32, 8));
        Assert.Equal(above == "good" ? zone + 40 : zone + 16, disk.At(zone).WritePointer);
        disk.Fill(zone);
        Assert.Equal(full, disk.Write(zone, 8));
        Assert.Equal(0xE, disk.Condition(zone));
    }

    [Fact]
    public void What_a_preferred_zone_jumps_over_reads_as_zeros_although_something_was_there_before()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HA");
        long zone = 3 * disk.Zone;
        disk.Fill(zone);
        disk.Reset(zone);

        Assert.Equal("good", disk.Write(zone + 64, 8));

        Assert.True(disk.At(zone).IsNonSequential);
        Assert.True(disk.Data(zone, 64).All(value => value == 0));
        Assert.True(disk.Data(zone + 64, 8).All(value => value == 0x5A));
        Assert.Equal(zone, Assert.Single(disk.Zones(options: 0x11)).Start);
        disk.Reset(zone);
        Assert.Empty(disk.Zones(options: 0x11));
    }

    [Fact]
    public void Nothing_of_a_refused_write_is_written()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HA/ro-5");
        long zone = 4 * disk.Zone;

        Assert.Equal("7 27/08", disk.Write(zone + disk.Zone - 8, 16));

        Assert.Equal(1, disk.Condition(zone));
        Assert.True(disk.Data(zone + disk.Zone - 8, 8).All(value => value == 0));
    }

    [Theory]
    [InlineData("ro-3", "7 27/08", "good")]
    [InlineData("offline-3", "7 2C/0E", "7 2C/0E")]
    public void Faulty_zones(string fault, string write, string read)
    {
        using ZonedDisk disk = ZonedDisk.Create($"model-HM/{fault}");

        Assert.Equal(write, disk.Write(3 * disk.Zone, 8));
        Assert.Equal(read, disk.Read(3 * disk.Zone, 8));
    }

    [Fact]
    public void Reads_beyond_a_write_pointer_return_zeros()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM");
        long zone = 3 * disk.Zone;
        disk.Fill(zone);
        disk.Reset(zone);
        disk.Write(zone, 8, 0x11);

        byte[] data = disk.Data(zone, 16);

        Assert.True(data[..(8 * disk.BlockSize)].All(value => value == 0x11));
        Assert.True(data[(8 * disk.BlockSize)..].All(value => value == 0));
        Assert.True(disk.Data(zone + disk.Zone - 8, 16).All(value => value == 0));
    }

    [Fact]
    public void Where_write_pointers_are_checked_they_bound_reads()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/wpcheck-y");
        long zone = 3 * disk.Zone;
        disk.Write(zone, 16);

        Assert.Equal("good", disk.Read(zone, 16));
        Assert.Equal("5 21/06", disk.Read(zone, 17));
        Assert.Equal("5 21/06", disk.Read(zone + 16, 1));
        Assert.Equal("5 21/06", disk.Read(zone + disk.Zone, 1));
        disk.Fill(zone);
        disk.Fill(zone + disk.Zone);
        Assert.Equal("good", disk.Read(zone + disk.Zone - 1, 1));
        Assert.Equal("5 21/07", disk.Read(zone + disk.Zone - 1, 2));
        Assert.Equal("good", disk.Read(0, 8));
    }

    [Fact]
    public void The_end_of_the_disk_is_the_end()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM");

        Assert.Equal("5 21/00", disk.Write(disk.BlockCount - 4, 8));
        Assert.Equal("5 21/00", disk.Read(disk.BlockCount, 1));
        Assert.Equal("5 21/00", disk.Open(disk.BlockCount));
        Assert.Equal("5 24/00", disk.Open((3 * disk.Zone) + 1));
        Assert.Equal("5 24/00", disk.Open(0));
        Assert.Equal("5 21/00", disk.Do($"9500{disk.BlockCount:X16}000010000000", dataIn: 4096));
        Assert.Equal("5 24/00", disk.Do("9500 0000000000000000 00001000 0A 00", dataIn: 4096));
        Assert.Equal("5 24/00", disk.Do("94 1F 0000000000000000 0000 0000 00 00"));
        Assert.Equal("5 24/00", disk.Do("95 06 0000000000000000 00001000 00 00", dataIn: 4096));
    }

    [Fact]
    public void A_finished_zone_reads_as_zeros_behind_its_data()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM");
        long zone = 3 * disk.Zone;
        disk.Fill(zone);
        disk.Reset(zone);
        disk.Write(zone, 8, 0x22);

        Assert.Equal("good", disk.Finish(zone));

        byte[] data = disk.Data(zone, (int)disk.Zone);
        Assert.True(data[..(8 * disk.BlockSize)].All(value => value == 0x22));
        Assert.True(data[(8 * disk.BlockSize)..].All(value => value == 0));
    }

    [Fact]
    public void Write_same_and_compare_and_write_go_by_the_same_rules()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM");
        long zone = 3 * disk.Zone;
        byte[] block = [.. Enumerable.Repeat((byte)7, disk.BlockSize)];

        Assert.Equal("5 21/04", disk.Do($"9300{zone + 8:X16}000000080000", block));
        Assert.Equal("good", disk.Do($"9300{zone:X16}000001000000", block));
        Assert.Equal(zone + 256, disk.At(zone).WritePointer);
        Assert.True(disk.Data(zone, 256).All(value => value == 7));
        Assert.Equal("good", disk.Do($"8900{zone + 256:X16}000000010000", [.. new byte[disk.BlockSize], .. block]));
        Assert.Equal(zone + 257, disk.At(zone).WritePointer);
        Assert.Equal("5 21/04", disk.Do($"8900{zone:X16}000000010000", [.. block, .. block]));
        Assert.Equal("good", disk.Do($"8E00{zone + 257:X16}000000010000", block));
        Assert.Equal(zone + 258, disk.At(zone).WritePointer);
    }

    [Theory]
    [InlineData(512, 4096, 8)]
    [InlineData(512, 512, 1)]
    public void A_write_ends_on_a_physical_block(int logical, int physical, int unit)
    {
        using ZonedDisk disk = ZonedDisk.Create($"model-HM/lba-{logical}/phys-{physical}");
        long zone = 3 * disk.Zone;

        Assert.Equal(unit == 1 ? "good" : "5 21/04", disk.Write(zone, 1));
        Assert.Equal("good", disk.Write(disk.At(zone).WritePointer, unit));
    }
}

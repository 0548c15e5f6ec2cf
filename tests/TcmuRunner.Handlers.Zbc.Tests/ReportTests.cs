// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>REPORT ZONES, and what INQUIRY and READ CAPACITY say of the zones.</summary>
public sealed class ReportTests
{
    [Theory]
    [InlineData("model-HM", 0x14, 0x00)]
    [InlineData("model-HA", 0x00, 0x10)]
    public void Inquiry_tells_the_model(string options, int type, int zoned)
    {
        using ZonedDisk disk = ZonedDisk.Create(options);

        Assert.Equal(type, disk.Run("12 00 00 00FF 00", dataIn: 255).Returned[0]);
        Assert.Equal("TCMU ZBC device ", System.Text.Encoding.ASCII.GetString(disk.Run("12 00 00 00FF 00", dataIn: 255).Returned[16..32]));
        byte[] page = disk.Run("12 01 B1 00FF 00", dataIn: 255).Returned.ToArray();
        Assert.Equal((type, zoned), (page[0], page[8]));
        byte[] capacity = disk.Run("9E10 0000000000000000 00000020 0000", dataIn: 32).Returned.ToArray();
        Assert.Equal((disk.BlockCount - 1, 0x10), (BinaryPrimitives.ReadInt64BigEndian(capacity), capacity[12]));
        Assert.Equal(1, disk.Run("12 01 B6 00FF 00", dataIn: 255).Returned[4]);
    }

    [Fact]
    public void Each_condition_is_listed_by_its_option()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/conv-2/ro-10/offline-11");
        disk.Write(2 * disk.Zone, 8);
        disk.Open(3 * disk.Zone);
        disk.Write(4 * disk.Zone, 8);
        disk.Close(4 * disk.Zone);
        disk.Finish(5 * disk.Zone);

        (int Option, long[] Zones)[] expected =
        [
            (0x01, [6, 7, 8, 9, 12, 13, 14, 15]), (0x02, [2]), (0x03, [3]), (0x04, [4]), (0x05, [5]), (0x06, [10]), (0x07, [11]), (0x08, []), (0x10, []),
            (0x11, []), (0x3E, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]), (0x3F, [0, 1]),
        ];
        foreach ((int option, long[] zones) in expected)
        {
            Assert.Equal(zones, disk.Zones(options: option).Select(zone => zone.Start / disk.Zone));
        }
    }

    [Fact]
    public void A_report_begins_with_the_zone_that_holds_the_block_and_is_cut_where_there_is_no_room()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM");

        Assert.Equal(3 * disk.Zone, disk.Zones((3 * disk.Zone) + 5)[0].Start);
        byte[] whole = Header(disk, 0x00, 64 + 64 + 63);
        byte[] partial = Header(disk, 0x80, 64 + 64 + 63);
        Assert.Equal((128, 16 * 64), (whole.Length, BinaryPrimitives.ReadInt32BigEndian(whole)));
        Assert.Equal((128, 64), (partial.Length, BinaryPrimitives.ReadInt32BigEndian(partial)));
        Assert.Equal(disk.BlockCount - 1, BinaryPrimitives.ReadInt64BigEndian(whole.AsSpan(8)));
        Assert.Equal(8, Header(disk, 0x00, 8).Length);
        Assert.Empty(Header(disk, 0x00, 0));
    }

    [Theory]
    [InlineData(16, 0, 3)]
    [InlineData(16, 2048, 1)]
    [InlineData(15, 2048, 1)]
    public void What_zones_have_in_common_is_told(int mebibytes, long from, int same)
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM", mebibytes);

        Assert.Equal(same, disk.Run($"9500{from:X16}0000080000 00", dataIn: 2048).Returned[4]);
    }

    [Fact]
    public void A_last_zone_may_be_smaller()
    {
        using var directory = new TemporaryDirectory();
        using ZonedDisk disk = ZonedDisk.Open($"zbc/zsize-1@{directory.PathOf("a.img")}", (4 << 20) + 65536);
        ReportedZone last = disk.Zones()[^1];

        Assert.Equal((4 * disk.Zone, 128), (last.Start, last.Length));
        Assert.Equal(2, disk.Run($"9500{disk.Zone:X16}0000080000 00", dataIn: 2048).Returned[4]);
        Assert.Equal("good", disk.Fill(last.Start));
        Assert.Equal(0xE, disk.Condition(last.Start));
        Assert.Equal("5 21/00", disk.Write(last.Start + 128, 1));
    }

    [Fact]
    public void Behind_a_capacity_below_the_size_there_is_a_gap()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/conv-2/cap-768K", 8);
        List<ReportedZone> zones = disk.Zones();

        Assert.Equal([1, 1, 2, 5, 2, 5], zones.Take(6).Select(zone => zone.Type));
        Assert.Equal((2 * disk.Zone, 1536), (zones[2].Start, zones[2].Length));
        Assert.Equal(((2 * disk.Zone) + 1536, 512), (zones[3].Start, zones[3].Length));
        byte[] page = disk.Run("12 01 B6 00FF 00", dataIn: 255).Returned.ToArray();
        Assert.Equal((8, disk.Zone), (page[23], BinaryPrimitives.ReadInt64BigEndian(page.AsSpan(24))));
        Assert.Equal(disk.Zone, BinaryPrimitives.ReadInt64BigEndian(disk.Run("95000000000000000000000000400000", dataIn: 64).Returned[16..]));
        Assert.Equal("good", disk.Fill(2 * disk.Zone));
        Assert.Equal(0xE, disk.Condition(2 * disk.Zone));
        Assert.Equal("5 21/09", disk.Write((2 * disk.Zone) + 1536, 8));
        Assert.Equal("5 21/05", disk.Write((3 * disk.Zone), 1537));
        Assert.Equal("5 21/07", disk.Read((2 * disk.Zone) + 1500, 100));
        Assert.Equal("good", disk.Read((2 * disk.Zone) + 1536, 8));
        Assert.Equal("5 21/09", disk.Reset((2 * disk.Zone) + 1536));
        Assert.Equal(5, disk.Zones((2 * disk.Zone) + 1540)[0].Type);
        Assert.Equal(8, disk.Zones(options: 0x3E).Count);
    }

    [Fact]
    public void The_statistics_page_counts()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/open-2");
        disk.Open(disk.Zone);
        disk.Write(2 * disk.Zone, 8);
        disk.Open(2 * disk.Zone);
        disk.Open(3 * disk.Zone);
        disk.Write(5, 8);
        disk.Write((4 * disk.Zone) + 1, 8);

        using TestTask task = disk.Run("4D 00 54 01 00 0000 0200 00", dataIn: 512);

        Assert.Equal("good", ZonedDisk.Result(task));
        byte[] page = task.Returned.ToArray();
        Assert.Equal((148, 0x54, 0x01, 144), (page.Length, page[0], page[1], page[3]));
        Assert.Equal([2, 2, 1], Enumerable.Range(0, 3).Select(index => (int)page[4 + (index * 12) + 11]));
        Assert.Equal([1, 0, 1], Enumerable.Range(8, 3).Select(index => (int)page[4 + (index * 12) + 11]));
    }

    [Fact]
    public void Forty_thousand_zones_are_reported_in_a_moment()
    {
        using var directory = new TemporaryDirectory();
        using ZonedDisk disk = ZonedDisk.Open($"zbc/zsize-256@{directory.PathOf("a.img")}", 40_000L << 28);
        Assert.Equal(40_000, disk.Zones(allocationLength: 64 * 40_001).Count);
        using TestTask task = TestUnit.Prepare($"95000000000000000000{64 * 40_001:X8}0000", dataIn: 64 * 40_001);
        var best = TimeSpan.MaxValue;
        for (int round = 0; round < 20; round++)
        {
            long start = Stopwatch.GetTimestamp();
            disk.Unit.Execute(task);
            task.Completed();
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            best = taken < best ? taken : best;
            task.Rearm(TestUnit.Nexus, task.Cdb.ToArray());
        }

        Assert.True(best < TimeSpan.FromMilliseconds(20), $"The fastest of 20 reports took {best.TotalMilliseconds} ms.");
    }

    private static byte[] Header(ZonedDisk disk, int options, int length) =>
        disk.Run($"95000000000000000000{length:X8}{options:X2}00", dataIn: length).Returned.ToArray();
}

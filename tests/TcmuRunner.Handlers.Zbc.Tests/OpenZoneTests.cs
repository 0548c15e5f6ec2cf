// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>How many zones may be open at a time (ZBC-2 4.4.3.5).</summary>
public sealed class OpenZoneTests
{
    [Fact]
    public void More_zones_than_the_limit_are_not_opened_explicitly()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/open-3");

        for (int zone = 1; zone <= 3; zone++)
        {
            Assert.Equal("good", disk.Open(zone * disk.Zone));
        }

        Assert.Equal("7 55/0E", disk.Open(4 * disk.Zone));
        Assert.Equal("7 55/0E", disk.Write(4 * disk.Zone, 8));
        Assert.Equal("7 55/0E", disk.Finish(4 * disk.Zone));
        Assert.Equal(1, disk.Condition(4 * disk.Zone));
        Assert.Equal("good", disk.Close(2 * disk.Zone));
        Assert.Equal("good", disk.Write(4 * disk.Zone, 8));
    }

    [Fact]
    public void The_oldest_implicitly_opened_zone_makes_room()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/open-2");
        for (int zone = 1; zone <= 4; zone++)
        {
            Assert.Equal("good", disk.Write(zone * disk.Zone, 8));
        }

        Assert.Equal([4, 4, 2, 2], disk.Zones(disk.Zone).Take(4).Select(zone => zone.Condition));
        Assert.Equal("good", disk.Open(5 * disk.Zone));
        Assert.Equal([4, 4, 4, 2, 3], disk.Zones(disk.Zone).Take(5).Select(zone => zone.Condition));
    }

    [Fact]
    public void A_full_zone_gives_its_place_up()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/open-1");
        disk.Open(disk.Zone);
        Assert.Equal("7 55/0E", disk.Open(2 * disk.Zone));

        disk.Fill(disk.Zone);

        Assert.Equal("good", disk.Open(2 * disk.Zone));
    }

    [Fact]
    public void Open_all_opens_all_closed_zones_or_none()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/open-2");
        for (int zone = 1; zone <= 3; zone++)
        {
            disk.Write(zone * disk.Zone, 8);
        }

        disk.All(1);
        Assert.Equal("7 55/0E", disk.All(3));
        Assert.Equal([4, 4, 4], disk.Zones(disk.Zone).Take(3).Select(zone => zone.Condition));
        disk.Reset(disk.Zone);
        disk.Write(4 * disk.Zone, 8);
        Assert.Equal("good", disk.All(3));
        Assert.Equal([1, 3, 3, 4], disk.Zones(disk.Zone).Take(4).Select(zone => zone.Condition));
        Assert.Equal("good", disk.All(2));
        Assert.Equal([1, 0xE, 0xE, 0xE], disk.Zones(disk.Zone).Take(4).Select(zone => zone.Condition));
    }

    [Fact]
    public void A_host_aware_disk_has_no_limit()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HA/open-2");

        for (int zone = 1; zone <= 5; zone++)
        {
            Assert.Equal("good", disk.Open(zone * disk.Zone));
        }
    }

    [Fact]
    public void The_limit_is_at_most_half_of_the_sequential_zones()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/conv-1", 9);
        byte[] page = disk.Run("12 01 B6 00FF 00", dataIn: 255).Returned.ToArray();

        Assert.Equal([0, 0, 0, 4], page[16..20]);
        Assert.Equal((0x14, 0x01, 0, 0), (page[0], page[4], page[8], page[12]));
    }

    [Fact]
    public void Active_zones_have_a_limit_of_their_own()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/open-4/active-2");
        disk.Write(disk.Zone, 8);
        disk.Close(disk.Zone);
        disk.Open(2 * disk.Zone);

        Assert.Equal("7 55/0E", disk.Write(3 * disk.Zone, 8));
        Assert.Equal("7 55/0E", disk.Open(3 * disk.Zone));
        disk.Finish(disk.Zone);
        Assert.Equal("good", disk.Write(3 * disk.Zone, 8));
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>Zone domains and realms, in both dialects: 4 realms of 10 shingled or 8 conventional zones of 1 MiB.</summary>
public sealed class DomainTests
{
    private const int Inactive = 5;

    [Theory]
    [InlineData("dialect-z2", 0x23, 0x00)]
    [InlineData("dialect-d5", 0xBD, 0x40)]
    public void The_disk_says_what_it_is(string dialect, byte characteristics, byte blockFlags)
    {
        using ZonedDisk disk = Create("ZONE_DOM", dialect);
        byte[] page = disk.Run("12 01 B6 00FF 00", dataIn: 255).Returned.ToArray();

        Assert.Equal((0x00, characteristics), (page[0], page[4]));
        Assert.Equal(blockFlags, disk.Run("12 01 B1 00FF 00", dataIn: 255).Returned[8]);
        byte[] capacity = disk.Run("9E10 0000000000000000 00000020 0000", dataIn: 32).Returned.ToArray();
        Assert.Equal((32 * disk.Zone) - 1, BinaryPrimitives.ReadInt64BigEndian(capacity));
        Assert.Equal(0, capacity[12]);
        Assert.Equal(75 * disk.Zone, disk.BlockCount);
    }

    [Fact]
    public void At_first_every_realm_is_in_the_first_domain()
    {
        using ZonedDisk disk = Create("ZONE_DOM", "dialect-z2");
        List<ReportedZone> zones = disk.Zones();

        Assert.All(zones[..32], zone => Assert.Equal((1, 0), (zone.Type, zone.Condition)));
        Assert.All(zones[32..35], zone => Assert.Equal((5, 0), (zone.Type, zone.Condition)));
        Assert.All(zones[35..], zone => Assert.Equal((2, Inactive), (zone.Type, zone.Condition)));
        Assert.Equal(40, disk.Zones(options: 8).Count);
        Assert.Equal(72, disk.Zones(options: 0x3E).Count);
    }

    [Theory]
    [InlineData("ZONE_DOM", "dialect-z2", 1)]
    [InlineData("ZONE_DOM", "dialect-d5", 1)]
    [InlineData("ZD_SOBR_EMPTY", "dialect-z2", 4)]
    [InlineData("ZD_SOBR_EMPTY", "dialect-d5", 4)]
    public void A_realm_moves_between_the_domains_and_its_data_are_gone(string profile, string dialect, int firstType)
    {
        using ZonedDisk disk = Create(profile, dialect);
        long shingled = Start(disk, 1, realm: 2);
        long first = 16 * disk.Zone;
        Assert.Equal(firstType, disk.At(first).Type);
        Assert.Equal("7 2C/12", disk.Write(shingled, 8));

        Assert.Equal((0x81, 0, 2), Brief(Activate(disk, 1, shingled, 10)));
        Assert.All(disk.Zones(first)[..8], zone => Assert.Equal(Inactive, zone.Condition));
        Assert.All(disk.Zones(shingled)[..10], zone => Assert.Equal(1, zone.Condition));
        Assert.Equal("7 2C/12", disk.Write(first, 8));
        Assert.Equal("good", disk.Write(shingled, 8, 0x33));
        Assert.Equal((0x40, 2, 0), Brief(Activate(disk, 0, first, 8)));
        Assert.Equal("good", disk.Reset(shingled));
        Assert.Equal((0x81, 0, 2), Brief(Activate(disk, 0, first, 8)));
        Assert.True(disk.Data(first, 16).All(value => value == 0));
    }

    [Fact]
    public void No_realm_touches_another_one_s_bytes()
    {
        using ZonedDisk disk = Create("ZONE_DOM", "dialect-z2");
        for (int realm = 0; realm < 4; realm++)
        {
            for (int zone = 0; zone < 8; zone++)
            {
                Assert.Equal("good", disk.Write(((realm * 8) + zone) * disk.Zone, (int)disk.Zone, (byte)(1 + realm)));
            }
        }

        Assert.Equal((0x81, 0, 2), Brief(Activate(disk, 1, Start(disk, 1, 1), 10)));
        for (int zone = 0; zone < 10; zone++)
        {
            Assert.Equal("good", disk.Write(Start(disk, 1, 1) + (zone * disk.Zone), (int)disk.Zone, 0x77));
        }

        foreach (int realm in new[] { 0, 2, 3 })
        {
            for (int zone = 0; zone < 8; zone++)
            {
                Assert.True(disk.Data(((realm * 8) + zone) * disk.Zone, (int)disk.Zone).All(value => value == 1 + realm), $"Realm {realm}, zone {zone}.");
            }
        }
    }

    [Fact]
    public void Activation_is_all_or_nothing()
    {
        using ZonedDisk disk = Create("ZD_SOBR_EMPTY", "dialect-z2");
        disk.Write(16 * disk.Zone, 8);

        byte[] answer = Activate(disk, 1, Start(disk, 1, 0), 40);

        Assert.Equal((0x40, 2, 0), Brief(answer));
        Assert.Equal(16 * disk.Zone, BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(26)));
        Assert.All(disk.Zones()[..32], zone => Assert.NotEqual(Inactive, zone.Condition));
        Assert.Equal((0x40, 2, 0), Brief(Activate(disk, 1, 0, 0, all: true)));
        disk.Reset(16 * disk.Zone);
        Assert.Equal((0x01, 0, 8), Brief(Activate(disk, 1, 0, 0, all: true)));
        Assert.All(disk.Zones()[..32], zone => Assert.Equal(Inactive, zone.Condition));
    }

    [Fact]
    public void A_query_changes_nothing_and_answers_the_same()
    {
        using ZonedDisk disk = Create("ZONE_DOM", "dialect-z2");
        long shingled = Start(disk, 1, 0);

        byte[] query = Activate(disk, 1, shingled, 20, query: true);
        Assert.Equal(Inactive, disk.Condition(shingled));
        byte[] activation = Activate(disk, 1, shingled, 20);

        Assert.Equal(0x80, query[8]);
        query[8] |= 1;
        Assert.Equal(query, activation);
        Assert.Equal(4 * 24, BinaryPrimitives.ReadInt32BigEndian(activation));
        Assert.Equal([0x01, 0x50, 0x00], activation[64..67]);
        Assert.Equal([0x02, 0x10, 0x01], activation[(64 + 48)..(64 + 51)]);
    }

    [Theory]
    [InlineData("dialect-z2", 0x28, "5 21/00")]
    [InlineData("dialect-d5", 0x20, "5 24/00")]
    public void The_dialects_refuse_in_their_own_ways(string dialect, int crossing, string beyond)
    {
        using ZonedDisk disk = Create("ZD_1CMR_BOT", dialect, 50);
        long domainOne = disk.Zones().First(zone => zone.Type == 2).Start;
        byte[] answer = Activate(disk, 1, domainOne, 50);

        Assert.Equal(crossing, answer[9]);
        Assert.Equal(beyond, Sense(disk, 1, disk.BlockCount, 10));
    }

    [Theory]
    [InlineData("dialect-z2")]
    [InlineData("dialect-d5")]
    public void The_long_form_does_the_same(string dialect)
    {
        using ZonedDisk disk = Create("ZONE_DOM", dialect);
        long shingled = Start(disk, 1, 0);
        string Cdb(int serviceAction, int length) => $"7F00 00000000 00{length:X2} {serviceAction:X4} 40 01 {shingled:X16} 0000000A 00000000 00001000";

        byte[] query = disk.Run(Cdb(0xF801, 0x18), dataIn: 4096).Returned.ToArray();
        Assert.Equal((0x80, 0, 2), Brief(query));
        byte[] activation = disk.Run(Cdb(0xF800, 0x18), dataIn: 4096).Returned.ToArray();
        Assert.Equal((0x81, 0, 2), Brief(activation));
        Assert.Equal(1, disk.Condition(shingled));
        Assert.Equal("5 24/00", disk.Do(Cdb(0xF800, 0x10), dataIn: 4096));
    }

    [Fact]
    public void What_is_not_aligned_to_realms_is_not_activated()
    {
        using ZonedDisk disk = Create("ZONE_DOM", "dialect-z2");
        long shingled = Start(disk, 1, 0);

        Assert.Equal((0x40, 4, 0), Brief(Activate(disk, 1, shingled + disk.Zone, 10)));
        Assert.Equal((0x40, 4, 0), Brief(Activate(disk, 1, shingled, 9)));
        Assert.Equal("5 24/00", Sense(disk, 1, shingled + 1, 10));
        Assert.Equal("5 24/00", Sense(disk, 2, shingled, 10));
        Assert.Equal("5 24/00", Sense(disk, 1, shingled, 0));
        Assert.Equal("5 24/00", Sense(disk, 1, shingled, 76));
        Assert.Equal("5 24/00", Sense(disk, 1, 32 * disk.Zone, 10));
        Assert.Equal((0x80 | 1, 0, 1), Brief(Activate(disk, 0, 0, 8)));
    }

    [Fact]
    public void Realms_that_stay_conventional_are_not_activated()
    {
        using ZonedDisk disk = Create("ZD_1CMR_BOT", "dialect-z2", 50);
        byte[] answer = Activate(disk, 1, 0, 8);

        Assert.Equal((0x40, 0x10), (answer[8], answer[9]));
        Assert.Equal(0x01, Activate(disk, 1, 0, 0, all: true)[8]);
        Assert.Equal(1, disk.At(0).Type);
        Assert.Equal(0, disk.Condition(0));
    }

    [Theory]
    [InlineData("dialect-z2", 42, 4, 16)]
    [InlineData("dialect-d5", 41, 0, 32)]
    public void Domains_and_realms_are_reported(string dialect, int flags, int shift, int itemBytes)
    {
        using ZonedDisk disk = Create("ZONE_DOM", dialect);
        byte[] domains = disk.Run("9507 0000000000000000 00001000 00 00", dataIn: 4096).Returned.ToArray();

        Assert.Equal(64 + (2 * 96), domains.Length);
        Assert.Equal((2, 2), (domains[8], domains[9]));
        Assert.Equal(35 * disk.Zone, BinaryPrimitives.ReadInt64BigEndian(domains.AsSpan(64 + 96 + 24)));
        Assert.Equal((75 * disk.Zone) - 1, BinaryPrimitives.ReadInt64BigEndian(domains.AsSpan(64 + 96 + 32)));
        Assert.Equal((2, 2), (domains[64 + 96 + 40], domains[64 + 96 + flags]));

        byte[] realms = disk.Run("9506 0000000000000000 00001000 00 00", dataIn: 4096).Returned.ToArray();
        int descriptor = 16 + (2 * itemBytes);
        Assert.Equal(64 + (4 * descriptor), realms.Length);
        Assert.Equal(4, BinaryPrimitives.ReadInt32BigEndian(realms.AsSpan(shift)));
        Assert.Equal(descriptor, BinaryPrimitives.ReadInt32BigEndian(realms.AsSpan(4 + shift)));
        Assert.Equal(8 * disk.Zone, BinaryPrimitives.ReadInt64BigEndian(realms.AsSpan(64 + descriptor + 16)));
        Assert.Equal(45 * disk.Zone, BinaryPrimitives.ReadInt64BigEndian(realms.AsSpan(64 + descriptor + 16 + itemBytes)));
        Assert.Equal("5 24/00", disk.Do("9506 0000000000000000 00000050 00 00", dataIn: 80));
        Assert.Equal("5 21/09", disk.Do($"9507{32 * disk.Zone:X16} 00001000 00 00", dataIn: 4096));
        Assert.Equal("5 24/00", disk.Do("9507 0000000000000000 00001000 04 00", dataIn: 4096));
        Assert.Equal(64, disk.Run("9506 0000000000000000 00001000 02 00", dataIn: 4096).Returned.Length);
    }

    [Theory]
    [InlineData("dialect-z2", "0A", "0F")]
    [InlineData("dialect-d5", "3D", "08")]
    public void The_mode_page_sets_what_a_host_may(string dialect, string page, string subpage)
    {
        using ZonedDisk disk = Create("ZONE_DOM", dialect);
        byte[] sensed = disk.Run($"5A10 {page}{subpage} 000000 01FF 00", dataIn: 511).Returned.ToArray();
        Assert.Equal(262, sensed.Length);
        Assert.Equal((8, 1), (BinaryPrimitives.ReadInt32BigEndian(sensed.AsSpan(12)), sensed[18]));

        sensed.AsSpan(0, 2).Clear();
        BinaryPrimitives.WriteInt32BigEndian(sensed.AsSpan(12), 10);
        sensed[18] = 0;
        Assert.Equal("good", disk.Do($"5510 0000000000 {sensed.Length:X4} 00", sensed));

        Assert.Equal(0, disk.Run("12 01 B6 00FF 00", dataIn: 255).Returned[4] & 1);
        Assert.Equal((0x81, 0, 2), Brief(Activate(disk, 1, Start(disk, 1, 0), zoneCount: null)));
        Assert.Equal("5 21/06", disk.Read(Start(disk, 1, 0), 1));
        BinaryPrimitives.WriteInt32BigEndian(sensed.AsSpan(12), 1000);
        Assert.Equal("5 24/00", disk.Do($"5510 0000000000 {sensed.Length:X4} 00", sensed));
    }

    [Fact]
    public void Before_and_at_the_write_pointer_but_not_beyond()
    {
        using ZonedDisk disk = Create("ZD_SOBR_EMPTY", "dialect-z2");

        Assert.Equal("5 21/04", disk.Write(8, 8));
        Assert.Equal("good", disk.Write(0, 16, 1));
        Assert.Equal("good", disk.Write(4, 4, 2));
        Assert.Equal("good", disk.Write(8, 16, 3));
        Assert.Equal((2, 24), (disk.Condition(0), disk.At(0).WritePointer));
        Assert.Equal("5 24/00", disk.Open(0));
        Assert.Equal("5 24/00", disk.Close(0));
        Assert.Equal("5 24/00", disk.Finish(0));
        Assert.Equal("good", disk.Fill(0));
        Assert.Equal("good", disk.Write(disk.Zone, (int)disk.Zone - 8));
        Assert.Equal("good", disk.Write((2 * disk.Zone) - 8, 16));
        Assert.Equal((0xE, 2), (disk.Condition(disk.Zone), disk.Condition(2 * disk.Zone)));
        Assert.Equal("good", disk.Write(0, 8));
        Assert.Equal("5 21/00", disk.Write(disk.BlockCount, 1));
    }

    /// <summary>An inactive or faulty zone says so whatever is asked of it, also where its type would not know the action; a conventional one never does.</summary>
    [Theory]
    [InlineData("ZONE_DOM", "dialect-z2", "5 24/00")]
    [InlineData("ZONE_DOM", "dialect-d5", "5 24/00")]
    [InlineData("ZD_SOBR_EMPTY", "dialect-z2", "7 2C/12")]
    [InlineData("ZD_SOBR_EMPTY", "dialect-d5", "7 2C/12")]
    public void An_inactive_zone_says_so_before_its_type_does(string profile, string dialect, string firstDomain)
    {
        using ZonedDisk disk = Create(profile, dialect);
        long shingled = Start(disk, 1, 0);
        for (int action = 1; action <= 4; action++)
        {
            Assert.Equal("7 2C/12", disk.Manage(action, shingled));
        }

        Assert.Equal(0x81, Activate(disk, 1, shingled, 10)[8]);
        for (int action = 1; action <= 4; action++)
        {
            Assert.Equal(firstDomain, disk.Manage(action, 0));
        }

        Assert.Equal("7 2C/12", disk.Write(0, 8));
        Assert.Equal("good", disk.Read(0, 8));
    }

    [Fact]
    public void A_faulty_zone_says_so_before_its_type_does()
    {
        using ZonedDisk disk = Create("ZD_SOBR_FAULTY", "dialect-z2");
        long readOnly = disk.Zones(options: 6).First(zone => zone.Type == 4).Start;
        long offline = disk.Zones(options: 7).First(zone => zone.Type == 4).Start;
        for (int action = 1; action <= 4; action++)
        {
            Assert.Equal("7 27/08", disk.Manage(action, readOnly));
            Assert.Equal("7 2C/0E", disk.Manage(action, offline));
        }

        // In a range, faulty zones are skipped, and the type decides.
        Assert.Equal("5 24/00", disk.Manage(3, readOnly, zoneCount: 3));
        Assert.Equal("good", disk.Manage(4, readOnly, zoneCount: 3));
    }

    [Fact]
    public void The_draft_finishes_zones_that_are_written_before_or_at_the_write_pointer()
    {
        using ZonedDisk disk = Create("ZD_SOBR_EMPTY", "dialect-d5");
        disk.Write(0, 8);

        Assert.Equal("good", disk.Finish(0));
        Assert.Equal(0xE, disk.Condition(0));
    }

    [Fact]
    public void The_faulty_profile_has_faulty_zones_in_every_domain()
    {
        using ZonedDisk disk = Create("ZD_FAULTY", "dialect-z2");

        Assert.Equal([7, 8, 40, 41], disk.Zones(options: 6).Select(zone => zone.Start / disk.Zone));
        Assert.Equal([11, 12, 45, 46], disk.Zones(options: 7).Select(zone => zone.Start / disk.Zone));
    }

    [Fact]
    public void Domains_survive_a_restart_and_sanitize_takes_them_back()
    {
        using var directory = new TemporaryDirectory();
        string configuration = $"zbc/type-ZONE_DOM/zsize-1/rsize-10@{directory.PathOf("zd.img")}";
        using (ZonedDisk disk = ZonedDisk.Open(configuration, 40 << 20))
        {
            Activate(disk, 1, Start(disk, 1, 1), 10);
            disk.Write(Start(disk, 1, 1), 8, 0x44);
        }

        using ZonedDisk again = ZonedDisk.Open(configuration, 40 << 20, isReopen: true);
        Assert.Equal(4, again.Condition(Start(again, 1, 1)));
        Assert.True(again.Data(Start(again, 1, 1), 8).All(value => value == 0x44));
        Assert.Equal("5 24/00", again.Do("4843 00000000 0000 0000"));
        Assert.Equal("good", again.Do("4803 00000000 0000 0000"));
        Assert.All(again.Zones()[..32], zone => Assert.Equal(0, zone.Condition));
        Assert.True(again.Data(8 * again.Zone, 8).All(value => value == 0));
    }

    private static ZonedDisk Create(string profile, string dialect, int mebibytes = 40) => ZonedDisk.Create($"type-{profile}/rsize-10/{dialect}", mebibytes);

    private static long Start(ZonedDisk disk, int domain, int realm)
    {
        byte[] domains = disk.Run("9507 0000000000000000 00001000 00 00", dataIn: 4096).Returned.ToArray();
        return BinaryPrimitives.ReadInt64BigEndian(domains.AsSpan(64 + (domain * 96) + 24)) + (realm * (domain == 0 ? 8 : 10) * disk.Zone);
    }

    private static string Cdb(int domain, long zone, int? zoneCount, bool all, bool query) =>
        $"95{(query ? 9 : 8):X2}{(all ? 0x80 : 0) | (zoneCount is null ? 0 : 0x40) | domain:X2}{zone:X12}00001000{zoneCount ?? 0:X4}00";

    private static byte[] Activate(ZonedDisk disk, int domain, long zone, int? zoneCount, bool all = false, bool query = false)
    {
        TestTask task = disk.Run(Cdb(domain, zone, zoneCount, all, query), dataIn: 4096);
        Assert.Equal("good", ZonedDisk.Result(task));
        return task.Returned.ToArray();
    }

    private static string Sense(ZonedDisk disk, int domain, long zone, int zoneCount) =>
        disk.Do(Cdb(domain, zone, zoneCount, all: false, query: false), dataIn: 4096);

    // Flags, unmet prerequisites, descriptors.
    private static (int Flags, int Unmet, int Descriptors) Brief(byte[] answer) => (answer[8], answer[9], BinaryPrimitives.ReadInt32BigEndian(answer) / 24);
}

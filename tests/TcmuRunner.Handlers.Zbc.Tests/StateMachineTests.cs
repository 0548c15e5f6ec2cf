// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>Every transition of the condition state machine (ZBC-2 4.4.3), over the engine, for both models and block sizes.</summary>
public sealed class StateMachineTests
{
    private const int Closing = 1;
    private const int Finishing = 2;
    private const int Opening = 3;
    private const int Resetting = 4;

    private const int Empty = 1;
    private const int Implicit = 2;
    private const int Explicit = 3;
    private const int Closed = 4;
    private const int Full = 0xE;

    // From, command, afterwards.
    private static readonly (int From, int Action, int To)[] s_single =
    [
        (Empty, Opening, Explicit), (Empty, Closing, Empty), (Empty, Finishing, Full), (Empty, Resetting, Empty),
        (Implicit, Opening, Explicit), (Implicit, Closing, Closed), (Implicit, Finishing, Full), (Implicit, Resetting, Empty),
        (Explicit, Opening, Explicit), (Explicit, Closing, Closed), (Explicit, Finishing, Full), (Explicit, Resetting, Empty),
        (Closed, Opening, Explicit), (Closed, Closing, Closed), (Closed, Finishing, Full), (Closed, Resetting, Empty),
        (Full, Opening, Full), (Full, Closing, Full), (Full, Finishing, Full), (Full, Resetting, Empty),
    ];

    private static readonly (int From, int Action, int To)[] s_all =
    [
        (Empty, Opening, Empty), (Empty, Closing, Empty), (Empty, Finishing, Empty), (Empty, Resetting, Empty),
        (Implicit, Opening, Implicit), (Implicit, Closing, Closed), (Implicit, Finishing, Full), (Implicit, Resetting, Empty),
        (Explicit, Opening, Explicit), (Explicit, Closing, Closed), (Explicit, Finishing, Full), (Explicit, Resetting, Empty),
        (Closed, Opening, Explicit), (Closed, Closing, Closed), (Closed, Finishing, Full), (Closed, Resetting, Empty),
        (Full, Opening, Full), (Full, Closing, Full), (Full, Finishing, Full), (Full, Resetting, Empty),
    ];

    public static TheoryData<string, int, int, int, bool> Rows
    {
        get
        {
            var rows = new TheoryData<string, int, int, int, bool>();
            foreach (string options in new[] { "model-HM", "model-HA", "model-HM/lba-4096", "model-HA/lba-4096" })
            {
                Array.ForEach(s_single, row => rows.Add(options, row.From, row.Action, row.To, false));
                Array.ForEach(s_all, row => rows.Add(options, row.From, row.Action, row.To, true));
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_command_takes_a_zone_from_one_condition_to_another(string options, int from, int action, int to, bool all)
    {
        using ZonedDisk disk = ZonedDisk.Create(options);
        long zone = 3 * disk.Zone;
        Bring(disk, zone, from);
        Assert.Equal(from, disk.Condition(zone));

        // With ALL the zone id counts for nothing.
        Assert.Equal("good", all ? disk.Manage(action, disk.BlockCount + 1, all: true) : disk.Manage(action, zone));

        Assert.Equal(to, disk.Condition(zone));
        Assert.Equal(Empty, disk.Condition(zone + disk.Zone));
    }

    [Theory]
    [InlineData("model-HM")]
    [InlineData("model-HA")]
    public void An_open_zone_that_nothing_was_written_to_closes_as_empty(string options)
    {
        using ZonedDisk disk = ZonedDisk.Create(options);
        long zone = 3 * disk.Zone;
        disk.Open(zone);
        disk.Close(zone);

        Assert.Equal(Empty, disk.Condition(zone));

        disk.Open(zone);
        disk.All(Closing);
        Assert.Equal(Empty, disk.Condition(zone));
    }

    [Theory]
    [InlineData("model-HM", Empty, Implicit)]
    [InlineData("model-HM", Implicit, Implicit)]
    [InlineData("model-HM", Explicit, Explicit)]
    [InlineData("model-HM", Closed, Implicit)]
    [InlineData("model-HA", Empty, Implicit)]
    [InlineData("model-HA", Implicit, Implicit)]
    [InlineData("model-HA", Explicit, Explicit)]
    [InlineData("model-HA", Closed, Implicit)]
    public void A_write_opens_a_zone_and_fills_it_in_the_end(string options, int from, int to)
    {
        using ZonedDisk disk = ZonedDisk.Create(options);
        long zone = 3 * disk.Zone;
        Bring(disk, zone, from);

        Assert.Equal("good", disk.Write(disk.At(zone).WritePointer, 8));
        Assert.Equal(to, disk.Condition(zone));

        Assert.Equal("good", disk.Fill(zone));
        Assert.Equal(Full, disk.Condition(zone));
    }

    [Theory]
    [InlineData("model-HM", Empty, Implicit)]
    [InlineData("model-HA", Empty, Implicit)]
    [InlineData("model-HM", Closed, Implicit)]
    public void A_write_of_no_blocks_opens_a_zone(string options, int from, int to)
    {
        using ZonedDisk disk = ZonedDisk.Create(options);
        long zone = 3 * disk.Zone;
        Bring(disk, zone, from);
        long writePointer = disk.At(zone).WritePointer;

        Assert.Equal("good", disk.Do($"8A00{writePointer:X16}000000000000"));

        Assert.Equal((to, writePointer), (disk.Condition(zone), disk.At(zone).WritePointer));
    }

    [Theory]
    [InlineData("ro-3", Opening, "7 27/08")]
    [InlineData("ro-3", Closing, "7 27/08")]
    [InlineData("ro-3", Finishing, "7 27/08")]
    [InlineData("ro-3", Resetting, "7 27/08")]
    [InlineData("offline-3", Opening, "7 2C/0E")]
    [InlineData("offline-3", Closing, "7 2C/0E")]
    [InlineData("offline-3", Finishing, "7 2C/0E")]
    [InlineData("offline-3", Resetting, "7 2C/0E")]
    public void Faulty_zones_refuse_by_name_and_are_passed_over_by_all(string fault, int action, string sense)
    {
        using ZonedDisk disk = ZonedDisk.Create($"model-HM/{fault}");
        long zone = 3 * disk.Zone;
        int condition = disk.Condition(zone);

        Assert.Equal(sense, disk.Manage(action, zone));
        Assert.Equal("good", disk.All(action));

        Assert.Equal(condition, disk.Condition(zone));
    }

    [Fact]
    public void Several_zones_are_managed_at_a_time()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/open-8", 20);
        long zone = 3 * disk.Zone;

        Assert.Equal("good", disk.Manage(Opening, zone, 4));
        Assert.Equal([Explicit, Explicit, Explicit, Explicit, Empty], disk.Zones(zone).Take(5).Select(z => z.Condition));
        Assert.Equal("good", disk.Manage(Finishing, zone + disk.Zone, 2));
        Assert.Equal([Explicit, Full, Full, Explicit], disk.Zones(zone).Take(4).Select(z => z.Condition));
        Assert.Equal("good", disk.Manage(Resetting, zone, 4));
        Assert.Equal([Empty, Empty, Empty, Empty], disk.Zones(zone).Take(4).Select(z => z.Condition));
        Assert.Equal("5 24/00", disk.Manage(Resetting, 0, 4));
        Assert.Equal("5 24/00", disk.Manage(Resetting, zone, 40));
        Assert.Equal("5 24/00", disk.Manage(Resetting, zone, 2, all: true));
    }

    [Fact]
    public void Several_zones_pass_over_faulty_ones_except_to_finish()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM/ro-4");
        long zone = 3 * disk.Zone;

        Assert.Equal("good", disk.Manage(Opening, zone, 3));
        Assert.Equal([Explicit, 0xD, Explicit], disk.Zones(zone).Take(3).Select(z => z.Condition));
        Assert.Equal("7 27/08", disk.Manage(Finishing, zone, 3));
        Assert.Equal([Explicit, 0xD, Explicit], disk.Zones(zone).Take(3).Select(z => z.Condition));
    }

    private static void Bring(ZonedDisk disk, long zone, int condition)
    {
        if (condition == Explicit || condition == Closed)
        {
            Assert.Equal("good", disk.Open(zone));
        }

        if (condition != Empty)
        {
            Assert.Equal("good", disk.Write(zone, 8));
        }

        if (condition == Closed)
        {
            Assert.Equal("good", disk.Close(zone));
        }

        if (condition == Full)
        {
            Assert.Equal("good", disk.Fill(zone));
        }
    }
}

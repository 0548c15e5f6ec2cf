// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class PersistentReservationTests
{
    /// <summary>SPC-5 5.13.1, table of commands allowed: holder, a registered nexus, an unregistered one; G good, C conflict; reads and writes.</summary>
    [Theory]
    [InlineData(0x1, "GG GC GC")]
    [InlineData(0x3, "GG CC CC")]
    [InlineData(0x5, "GG GG GC")]
    [InlineData(0x6, "GG GG CC")]
    [InlineData(0x7, "GG GG GC")]
    [InlineData(0x8, "GG GG CC")]
    public async Task A_reservation_stops_whom_its_type_says(int type, string expected)
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Register(cluster.B, Cluster.KeyB));

        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, type));

        Assert.Equal(expected, string.Join(' ', new[] { cluster.A, cluster.B, cluster.C }.Select(nexus => Access(cluster, nexus))));
        Assert.Equal((type >= 7 ? 0 : Cluster.KeyA, type), cluster.Reservation());
        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Release, Cluster.KeyA, type: type));
        Assert.Equal("GG GG GG", string.Join(' ', new[] { cluster.A, cluster.B, cluster.C }.Select(nexus => Access(cluster, ClearAttention(cluster, nexus)))));
    }

    /// <summary>SPC-5 table of commands allowed with reservations, for a nexus that is not registered while access is exclusive.</summary>
    [Theory]
    [InlineData("00 00 00 00 00 00", true)]
    [InlineData("03 00 00 00 12 00", true)]
    [InlineData("12 00 00 00 FF 00", true)]
    [InlineData("25 00 00000000 00 0000 00", true)]
    [InlineData("9E 10 00000000 00000000 00000020 00 00", true)]
    [InlineData("A0 00 00 00 00 00 00000010 00 00", true)]
    [InlineData("5E 00 00 00 00 00 00 00 FF 00", true)]
    [InlineData("1B 00 00 00 01 00", true)]
    [InlineData("1A 00 3F 00 FF 00", false)]
    [InlineData("15 10 00 00 00 00", false)]
    [InlineData("35 00 00000000 00 0000 00", false)]
    [InlineData("2F 00 00000000 00 0001 00", false)]
    [InlineData("1B 00 00 00 00 00", false)]
    public async Task Exclusive_access_lets_through_what_the_standard_lets_through(string cdb, bool isAllowed)
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 3));

        ScsiStatus status = cluster.Unit.Run(cdb, dataIn: 255, nexus: cluster.C).Status;

        Assert.Equal(isAllowed, status != ScsiStatus.ReservationConflict);
    }

    /// <summary>SPC-5 tables of register behaviours: which keys a registered and an unregistered nexus may give.</summary>
    [Fact]
    public async Task Register_checks_the_key_that_is_there()
    {
        await using var cluster = new Cluster();

        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Out(cluster.A, PersistentReserveOutAction.Register, 5, Cluster.KeyA).Status);
        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Register, 0, 0));
        Assert.Empty(cluster.Keys());
        Assert.Equal(0u, cluster.Generation());
        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Register, 0, Cluster.KeyA));
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Out(cluster.A, PersistentReserveOutAction.Register, 0, 7).Status);
        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Register, Cluster.KeyA, 7));
        Assert.Equal([7UL], cluster.Keys());
        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Register, 7, 0));
        Assert.Empty(cluster.Keys());
        Assert.Equal(3u, cluster.Generation());
    }

    /// <summary>SPC-5 5.13.9 and 5.13.11.2: who may reserve and release, and what a repetition does.</summary>
    [Fact]
    public async Task Reserve_and_release_need_the_key_and_the_type()
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Register(cluster.B, Cluster.KeyB));

        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Reserve(cluster.C, 0, 1).Status);
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Reserve(cluster.A, Cluster.KeyB, 1).Status);
        Expect.Sense("5 24/00", cluster.Reserve(cluster.A, Cluster.KeyA, 0));
        Expect.Sense("5 24/00", cluster.Reserve(cluster.A, Cluster.KeyA, 2));
        Expect.Sense("5 24/00", cluster.Reserve(cluster.A, Cluster.KeyA, 0x11));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 1));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 1));
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Reserve(cluster.A, Cluster.KeyA, 3).Status);
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Reserve(cluster.B, Cluster.KeyB, 1).Status);
        Expect.Sense("5 26/04", cluster.Out(cluster.A, PersistentReserveOutAction.Release, Cluster.KeyA, type: 3));
        Expect.Good(cluster.Out(cluster.B, PersistentReserveOutAction.Release, Cluster.KeyB, type: 1));
        Assert.Equal((Cluster.KeyA, 1), cluster.Reservation());
        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Release, Cluster.KeyA, type: 1));
        Assert.Null(cluster.Reservation());
        Assert.Null(cluster.Attention(cluster.B));
    }

    /// <summary>SPC-5 5.13.11.2 and 5.13.11.3: the other registrants are told when a reservation in which they had a share is gone.</summary>
    [Theory]
    [InlineData(1, false, null)]
    [InlineData(5, false, "2A/04")]
    [InlineData(5, true, "2A/04")]
    [InlineData(6, true, "2A/04")]
    public async Task Registrants_are_told_of_a_release(int type, bool byUnregistering, string? attention)
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Register(cluster.B, Cluster.KeyB));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, type));

        Expect.Good(byUnregistering
            ? cluster.Register(cluster.A, 0)
            : cluster.Out(cluster.A, PersistentReserveOutAction.Release, Cluster.KeyA, type: type));

        Assert.Null(cluster.Reservation());
        Assert.Equal(attention, cluster.Attention(cluster.B));
        Assert.Null(cluster.Attention(cluster.A));
        Assert.Null(cluster.Attention(cluster.C));
    }

    /// <summary>SPC-5 5.13.4: a reservation of all registrants lasts as long as one of them.</summary>
    [Fact]
    public async Task All_registrants_hold_until_the_last_one_leaves()
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Register(cluster.B, Cluster.KeyB));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 7));

        Expect.Good(cluster.Register(cluster.A, 0));
        Assert.Equal((0UL, 7), cluster.Reservation());
        Expect.Good(cluster.Register(cluster.B, 0));

        Assert.Null(cluster.Reservation());
    }

    /// <summary>SPC-5 5.13.11.5.</summary>
    [Fact]
    public async Task Clear_takes_everything_away_and_tells_everybody()
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Register(cluster.B, Cluster.KeyB));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 3));

        Expect.Good(cluster.Out(cluster.B, PersistentReserveOutAction.Clear, Cluster.KeyB));

        Assert.Equal("2A/03", cluster.Attention(cluster.A));
        Assert.Null(cluster.Attention(cluster.B));
        Assert.Empty(cluster.Keys());
        Assert.Null(cluster.Reservation());
    }

    /// <summary>SPC-5 6.16.4 and 6.16.5 to the byte.</summary>
    [Fact]
    public async Task Reports_are_right_to_the_byte()
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 5));

        Expect.Data("0008 0C 80 EA 01 0000", cluster.Unit.Run("5E 02 00 00 00 00 00 00 FF 00", dataIn: 255, nexus: cluster.C));
        Expect.Data(
            """
            00000001 00000038
            000000000000000A 00000000 01 05 00000000 0001 00000020
            45 00 001C 69716E2E746573743A61 2C692C3078 343030303030303030303031 00
            """,
            cluster.Unit.Run("5E 03 00 00 00 00 00 00 FF 00", dataIn: 255, nexus: cluster.C));
        Expect.Data("00000001 00000008", cluster.Unit.Run("5E 00 00 00 00 00 00 00 08 00", dataIn: 255, nexus: cluster.C));
    }

    [Theory]
    [InlineData("5F 00 00 00 00 00000000 00", 0, "5 1A/00")]
    [InlineData("5F 00 00 00 00 00000017 00", 24, "5 1A/00")]
    [InlineData("5F 00 00 00 00 00000019 00", 25, "5 1A/00")]
    [InlineData("5F 00 00 00 00 00000018 00", 23, "5 1A/00")]
    [InlineData("5F 07 00 00 00 00000018 00", 24, "5 26/00")]
    [InlineData("5F 00 00 00 00 FFFFFFFF 00", 24, "5 1A/00")]
    [InlineData("5F 1F 00 00 00 00000018 00", 24, "5 24/00")]
    [InlineData("5E 1F 00 00 00 00 00 00 FF 00", 0, "5 24/00")]
    public async Task A_malformed_command_is_refused(string cdb, int length, string sense)
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));

        Expect.Sense(sense, cluster.Unit.Run(cdb, new byte[length], 255, cluster.A));
    }

    /// <summary>The kernel keeps the reservations of a TCMU device: here they would bind nobody.</summary>
    [Theory]
    [InlineData("5E 00 00 00 00 00 00 00 FF 00")]
    [InlineData("5F 00 00 00 00 00000018 00")]
    [InlineData("16 00 00 00 00 00")]
    [InlineData("17 00 00 00 00 00")]
    public async Task Without_known_initiators_there_are_no_reservations(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 20/00", unit.Run(cdb, new byte[24], 255));
    }

    /// <summary>A registration is of the initiator port and the target port, not of the session (SPC-5 5.13.7).</summary>
    [Fact]
    public async Task A_registration_outlives_its_session_and_binds_to_its_port()
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 1));
        cluster.Unit.RemoveNexus(cluster.A);
        ItNexus again = cluster.Node("iqn.test:a", 1);
        ItNexus otherPort = cluster.Node("iqn.test:a", 2);

        Assert.Equal(ScsiStatus.Good, cluster.Write(again));
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Write(otherPort));
    }

    private static ItNexus ClearAttention(Cluster cluster, ItNexus nexus)
    {
        cluster.Attention(nexus);
        return nexus;
    }

    private static string Access(Cluster cluster, ItNexus nexus) => $"{Letter(cluster.Read(nexus))}{Letter(cluster.Write(nexus))}";

    private static char Letter(ScsiStatus status) => status switch
    {
        ScsiStatus.Good => 'G',
        ScsiStatus.ReservationConflict => 'C',
        _ => '?',
    };
}

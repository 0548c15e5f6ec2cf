// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>PREEMPT, PREEMPT AND ABORT, REGISTER AND MOVE, SPEC_I_PT and ALL_TG_PT.</summary>
public sealed class PreemptTests
{
    /// <summary>SPC-5 5.13.11.4.4: without a reservation, and with another holder's, only the registrations go.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Preempt_of_a_registrant_removes_its_registration(bool isReserved)
    {
        await using Cluster cluster = Registered();
        if (isReserved)
        {
            Expect.Good(cluster.Reserve(cluster.C, Cluster.KeyC, 5));
        }

        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Preempt, Cluster.KeyA, Cluster.KeyB, 5));

        Assert.Equal([Cluster.KeyA, Cluster.KeyC], cluster.Keys());
        Assert.Equal(isReserved ? (Cluster.KeyC, 5) : null, cluster.Reservation());
        Assert.Equal("2A/05", cluster.Attention(cluster.B));
        Assert.Null(cluster.Attention(cluster.C));
        Assert.Equal(4u, cluster.Generation());
    }

    /// <summary>SPC-5 5.13.11.4.3: the holder's reservation passes over, with the type that the command names.</summary>
    [Fact]
    public async Task Preempt_of_the_holder_takes_the_reservation()
    {
        await using Cluster cluster = Registered();
        Expect.Good(cluster.Reserve(cluster.B, Cluster.KeyB, 5));

        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Preempt, Cluster.KeyA, Cluster.KeyB, 1));

        Assert.Equal((Cluster.KeyA, 1), cluster.Reservation());
        Assert.Equal([Cluster.KeyA, Cluster.KeyC], cluster.Keys());
        Assert.Equal("2A/05", cluster.Attention(cluster.B));
        Assert.Equal("2A/04", cluster.Attention(cluster.C));
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Write(cluster.B));
    }

    /// <summary>SPC-5 5.13.11.4.2: of a reservation of all registrants, key zero takes all, a key takes its registrations.</summary>
    [Fact]
    public async Task Preempt_of_all_registrants_goes_by_the_key()
    {
        await using Cluster cluster = Registered();
        Expect.Good(cluster.Reserve(cluster.B, Cluster.KeyB, 8));

        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Preempt, Cluster.KeyA, Cluster.KeyC, 1));
        Assert.Equal((0UL, 8), cluster.Reservation());
        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Preempt, Cluster.KeyA, 0, 1));

        Assert.Equal((Cluster.KeyA, 1), cluster.Reservation());
        Assert.Equal([Cluster.KeyA], cluster.Keys());
        Assert.Equal("2A/05", cluster.Attention(cluster.B));
        Assert.Equal("2A/05", cluster.Attention(cluster.C));
    }

    [Fact]
    public async Task Preempt_of_oneself_changes_the_type()
    {
        await using Cluster cluster = Registered();
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 1));

        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Preempt, Cluster.KeyA, Cluster.KeyA, 3));

        Assert.Equal((Cluster.KeyA, 3), cluster.Reservation());
        Assert.Equal(3, cluster.Keys().Length);
    }

    [Fact]
    public async Task Preempt_of_nobody_is_a_conflict_and_key_zero_an_error()
    {
        await using Cluster cluster = Registered();

        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Out(cluster.A, PersistentReserveOutAction.Preempt, Cluster.KeyA, 99, 1).Status);
        Expect.Sense("5 26/00", cluster.Out(cluster.A, PersistentReserveOutAction.Preempt, Cluster.KeyA, 0, 1));
        Assert.Equal(3u, cluster.Generation());
    }

    /// <summary>SPC-5 5.13.11.4.5: the commands of those who lose their registration are aborted before the command ends.</summary>
    [Fact]
    public async Task Preempt_and_abort_asks_the_front_to_abort()
    {
        int aborted = 0;
        await using var cluster = new Cluster(abortCommands: async _ =>
        {
            await Task.Yield();
            aborted++;
        });
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Register(cluster.B, Cluster.KeyB));

        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.PreemptAndAbort, Cluster.KeyA, Cluster.KeyB, 1));

        Assert.Equal(1, aborted);
    }

    /// <summary>SPC-5 5.13.8: the reservation passes to a nexus that need not be there yet.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Register_and_move_hands_the_reservation_over(bool unregister)
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 3));

        Expect.Good(Move(cluster, "iqn.test:new", 2, 77, unregister));

        Assert.Equal((77UL, 3), cluster.Reservation());
        Assert.Equal(unregister ? [77] : [Cluster.KeyA, 77UL], cluster.Keys());
        ItNexus heir = cluster.Node("iqn.test:new", 2);
        Assert.Equal(ScsiStatus.Good, cluster.Write(heir));
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Write(cluster.A));
    }

    [Fact]
    public async Task Register_and_move_has_rules()
    {
        await using Cluster cluster = Registered();

        Expect.Sense("5 24/00", Move(cluster, "iqn.test:new", 2, 77, false));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 3));
        Expect.Sense("5 26/00", Move(cluster, "iqn.test:a", 1, 77, false));
        Expect.Sense("5 26/00", Move(cluster, "iqn.test:new", 2, 0, false));
        Assert.Equal(ScsiStatus.ReservationConflict, Move(cluster, "iqn.test:new", 2, 77, false, cluster.B, Cluster.KeyB).Status);
    }

    /// <summary>SPC-5 5.13.7.3: one command registers several ports, and none of them where one cannot be.</summary>
    [Fact]
    public async Task Specified_initiator_ports_are_registered_together()
    {
        await using var cluster = new Cluster();
        byte[] ports = [.. Cluster.Port("iqn.test:b").Bytes, .. Cluster.Port("iqn.test:c").Bytes];
        byte[] list = [0, 0, 0, (byte)ports.Length, .. ports];

        Expect.Sense("5 26/00", cluster.Out(cluster.A, PersistentReserveOutAction.RegisterAndIgnoreExistingKey, 0, 5, flags: 8, appended: list));
        Expect.Sense("5 1A/00", cluster.Out(cluster.A, PersistentReserveOutAction.Register, 0, 5, flags: 8, appended: [.. list, 0]));
        Expect.Good(cluster.Out(cluster.A, PersistentReserveOutAction.Register, 0, 5, flags: 8, appended: list));
        Assert.Equal([5, 5, 5], cluster.Keys());
        Expect.Sense("5 24/00", cluster.Out(cluster.A, PersistentReserveOutAction.Register, 5, 6, flags: 8, appended: list));
        Expect.Good(cluster.Reserve(cluster.B, 5, 6));
        Assert.Equal(ScsiStatus.Good, cluster.Write(cluster.C));
    }

    [Fact]
    public async Task All_target_ports_are_registered_at_once()
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA, flags: 0x04));
        Expect.Good(cluster.Reserve(cluster.A, Cluster.KeyA, 3));

        Assert.Equal(ScsiStatus.Good, cluster.Write(cluster.Node("iqn.test:a", 9)));
        Assert.Equal(0x03, cluster.Unit.Run("5E 03 00 00 00 00 00 00 FF 00", dataIn: 255).Returned[20]);
    }

    private static Cluster Registered()
    {
        var cluster = new Cluster();
        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));
        Expect.Good(cluster.Register(cluster.B, Cluster.KeyB));
        Expect.Good(cluster.Register(cluster.C, Cluster.KeyC));
        return cluster;
    }

    private static TestTask Move(Cluster cluster, string name, ushort port, ulong newKey, bool unregister, ItNexus? from = null, ulong key = Cluster.KeyA)
    {
        byte[] id = Cluster.Port(name).Bytes.ToArray();
        byte[] list = new byte[24 + id.Length];
        BinaryPrimitives.WriteUInt64BigEndian(list, key);
        BinaryPrimitives.WriteUInt64BigEndian(list.AsSpan(8), newKey);
        list[17] = (byte)(unregister ? 2 : 0);
        BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(18), port);
        list[23] = (byte)id.Length;
        id.CopyTo(list, 24);
        return cluster.Unit.Run($"5F 07 00 00 00 {list.Length:X8} 00", list, nexus: from ?? cluster.A);
    }
}

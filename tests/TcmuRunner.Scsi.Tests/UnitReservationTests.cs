// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>RESERVE(6) and RELEASE(6) (SPC-2).</summary>
public sealed class UnitReservationTests
{
    private const string Reserve = "16 00 00 00 00 00";
    private const string Release = "17 00 00 00 00 00";

    /// <summary>libiscsi Reserve6.Simple and Reserve6.2Initiators.</summary>
    [Fact]
    public async Task The_unit_is_its_holders_until_it_is_released()
    {
        await using var cluster = new Cluster();

        Expect.Good(cluster.Unit.Run(Reserve, nexus: cluster.A));
        Expect.Good(cluster.Unit.Run(Reserve, nexus: cluster.A));
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Unit.Run(Reserve, nexus: cluster.B).Status);
        Expect.Good(cluster.Unit.Run(Release, nexus: cluster.B));
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Unit.Run("00 00 00 00 00 00", nexus: cluster.B).Status);
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Read(cluster.B));
        Expect.Good(cluster.Unit.Run("12 00 00 00 FF 00", dataIn: 255, nexus: cluster.B));
        Assert.Equal(ScsiStatus.Good, cluster.Write(cluster.A));
        Expect.Good(cluster.Unit.Run(Release, nexus: cluster.A));
        Expect.Good(cluster.Unit.Run(Reserve, nexus: cluster.B));
    }

    /// <summary>libiscsi Reserve6.Logout and Reserve6.LUNReset.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_ends_with_the_session_and_with_a_reset(bool isReset)
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Unit.Run(Reserve, nexus: cluster.A));

        if (isReset)
        {
            cluster.Unit.Reset();
            Assert.Equal("29/03", cluster.Attention(cluster.B));
        }
        else
        {
            cluster.Unit.RemoveNexus(cluster.A);
        }

        Assert.Equal(ScsiStatus.Good, cluster.Write(cluster.B));
    }

    /// <summary>SPC-3 5.6.3: whoever uses one way to reserve conflicts with the other one.</summary>
    [Fact]
    public async Task The_two_ways_to_reserve_do_not_mix()
    {
        await using var cluster = new Cluster();
        Expect.Good(cluster.Unit.Run(Reserve, nexus: cluster.A));
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Register(cluster.A, Cluster.KeyA).Status);
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Unit.Run("5E 00 00 00 00 00 00 00 FF 00", dataIn: 255, nexus: cluster.A).Status);
        Expect.Good(cluster.Unit.Run(Release, nexus: cluster.A));

        Expect.Good(cluster.Register(cluster.A, Cluster.KeyA));

        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Unit.Run(Reserve, nexus: cluster.A).Status);
        Assert.Equal(ScsiStatus.ReservationConflict, cluster.Unit.Run(Release, nexus: cluster.A).Status);
    }

    [Theory]
    [InlineData("16 10 00 00 00 00")]
    [InlineData("16 01 00 00 00 00")]
    [InlineData("17 10 00 00 00 00")]
    public async Task Third_parties_and_extents_are_obsolete(string cdb)
    {
        await using var cluster = new Cluster();

        Expect.Sense("5 24/00", cluster.Unit.Run(cdb, nexus: cluster.A));
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.Sockets;
using TcmuRunner.Iscsi.Login;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>Changes of the configuration while sessions are up.</summary>
public sealed class HotChangeTests
{
    [Fact]
    public async Task A_unit_that_is_added_is_told_and_served()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();
        await using LogicalUnit second = TestUnit.OpenMemory();

        await ApplyAsync(front, group => group with { Luns = [new LunMapping(0, front.Unit), new LunMapping(300, second)] });
        initiator.SendCommand("00 00 00 00 00 00", 0, 0);
        int told = initiator.Receive().Sense;
        byte[] luns = initiator.Read("A0 00 00 00 00 00 00 00 00 40 00 00", 64).Data;
        initiator.ClearUnitAttention(0x412CUL << 48);
        byte status = initiator.Read("28 00 00 00 00 00 00 00 01 00", 512, 0x412CUL << 48).Status;
        await front.Front.ApplyAsync(TargetConfiguration.Empty, CancellationToken.None);

        Assert.Equal(0x63F0E, told);
        Assert.Equal(Convert.FromHexString("00000010000000000000000000000000412C000000000000"), luns);
        Assert.Equal(0, status);
    }

    [Fact]
    public async Task A_unit_that_is_taken_away_is_free_afterwards_and_gone_for_initiators()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        await ApplyAsync(front, group => group with { Luns = [] });
        initiator.SendCommand("28 00 00 00 00 00 00 00 01 00", 0x40, 512);

        Assert.Equal(0x52500, initiator.Receive().Sense);
    }

    [Fact]
    public async Task A_read_only_mapping_refuses_writes_only()
    {
        await using TestFront front = await TestFront.StartAsync(group => group with
        {
            Luns = [.. group.Luns.Select(mapping => mapping with { IsReadOnly = true })],
        });
        using TestInitiator initiator = front.LogIn();

        initiator.SendCommand("2A 00 00 00 00 00 00 00 01 00", 0x20, 512, new byte[512]);
        int sense = initiator.Receive().Sense;

        Assert.Equal(0x72700, sense);
        Assert.Equal(0, initiator.Read("28 00 00 00 00 00 00 00 01 00", 512).Status);
    }

    [Fact]
    public async Task An_initiator_that_loses_its_right_loses_its_session()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        await ApplyAsync(front, group => group with { AllowsAnyInitiator = false });

        Assert.True(initiator.IsClosedByTarget());
        Assert.Equal(0, front.Front.SessionCount);
    }

    [Fact]
    public async Task A_new_secret_counts_for_the_next_login_and_leaves_the_session_alone()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        await ApplyAsync(front, group => group with { Authentication = new Authentication(new ChapCredentials("user", "another secret")) });
        using var late = new TestInitiator(front.Portal) { SessionId = 5 };

        Assert.Equal(LoginStatus.AuthenticationFailure, late.Login().LoginStatus);
        Assert.Equal(0, initiator.Read("28 00 00 00 00 00 00 00 01 00", 512).Status);
    }

    [Fact]
    public async Task A_portal_that_is_taken_away_takes_its_connections_along()
    {
        await using TestFront front = await TestFront.StartAsync();
        IPEndPoint old = front.Portal;
        using TestInitiator initiator = front.LogIn();

        await front.Front.ApplyAsync(
            front.Configure(group => group with { Portals = [new Portal(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0))] }), CancellationToken.None);
        using TestInitiator second = front.LogIn();

        Assert.True(initiator.IsClosedByTarget());
        Assert.Throws<SocketException>(() => new TestInitiator(old));
        Assert.Equal(0, second.Read("28 00 00 00 00 00 00 00 01 00", 512).Status);
    }

    [Fact]
    public async Task A_port_in_use_changes_nothing()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = new Portal((IPEndPoint)other.LocalEndpoint);
        TargetConfiguration before = front.Front.Configuration;

        IscsiException exception = await Assert.ThrowsAsync<IscsiException>(() => ApplyAsync(front, group => group with { Portals = [.. group.Portals, taken] }));

        Assert.Equal(IscsiErrorKind.PortalUnavailable, exception.Kind);
        Assert.Contains("Another program listens there", exception.Message, StringComparison.Ordinal);
        Assert.Same(before, front.Front.Configuration);
        Assert.Equal(0, initiator.Read("28 00 00 00 00 00 00 00 01 00", 512).Status);
    }

    [Fact]
    public async Task What_contradicts_itself_is_refused_with_its_place()
    {
        await using TestFront front = await TestFront.StartAsync();

        IscsiException exception = await Assert.ThrowsAsync<IscsiException>(
            () => ApplyAsync(front, group => group with { Luns = [new LunMapping(3, front.Unit), new LunMapping(3, front.Unit)] }));

        Assert.Equal(IscsiErrorKind.InvalidConfiguration, exception.Kind);
        Assert.Contains("portal group 1: LUN 3", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_thousand_connects_in_a_row_leave_nothing_behind()
    {
        await using TestFront front = await TestFront.StartAsync();

        for (int count = 0; count < 10_000; count++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            // Ends with a reset, so that no port is left waiting.
            socket.LingerState = new LingerOption(true, 0);
            await socket.ConnectAsync(front.Portal);
        }

        using TestInitiator initiator = front.LogIn();
        Assert.Equal(0, initiator.Read("28 00 00 00 00 00 00 00 01 00", 512).Status);
        Assert.Equal(1, front.Front.SessionCount);
    }

    private static Task ApplyAsync(TestFront front, Func<PortalGroup, PortalGroup> change) => front.Front.ApplyAsync(
        front.Configure(group => change(group with { Portals = front.Front.Configuration.Nodes[0].PortalGroups[0].Portals })),
        CancellationToken.None);
}

// SPDX-License-Identifier: Apache-2.0
using System.Net;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Iscsi.Sessions;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>What the front tells of its sessions, and asking them to log out.</summary>
public sealed class SessionControlTests
{
    private const byte LogoutEvent = 1;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_session_is_described_with_its_connections_and_counts()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();
        SessionStatus before = Assert.Single(front.Front.Sessions);

        initiator.Read("28 00 00 00 00 00 00 00 02 00", 1024);
        initiator.SendCommand("2A 00 00 00 00 00 00 00 01 00", 0x20, 512, new byte[512]);
        initiator.Receive();
        initiator.Read("28 00 FF FF FF FF 00 00 01 00", 512);
        SessionStatus now = Assert.Single(front.Front.Sessions);

        Assert.Equal((TestFront.Target, 1, TestInitiator.Name, initiator.SessionId), (now.TargetName, now.PortalGroupTag, now.InitiatorName, now.InitiatorSessionId));
        Assert.Equal(new ConnectionStatus(0, (IPEndPoint)initiator.Socket.LocalEndPoint!, new IPEndPoint(IPAddress.Loopback, 0)), Assert.Single(now.Connections));
        Assert.Equal((3, 1024, 512, 1), (now.Commands - before.Commands, now.BytesRead - before.BytesRead, now.BytesWritten - before.BytesWritten, now.Errors - before.Errors));
        Assert.Equal(0, now.CommandsInFlight);
    }

    [Fact]
    public async Task Sessions_that_come_and_go_are_told()
    {
        await using TestFront front = await TestFront.StartAsync();
        var told = new SemaphoreSlim(0);
        front.Front.SessionsChanged += () => told.Release();

        long first;
        using (front.LogIn())
        {
            first = Assert.Single(front.Front.Sessions).Id;
        }

        while (front.Front.Sessions.Count > 0)
        {
            Assert.True(await told.WaitAsync(s_limit), "The end of the session is not told.");
        }

        using TestInitiator second = front.LogIn();
        Assert.NotEqual(first, Assert.Single(front.Front.Sessions).Id);
    }

    [Fact]
    public async Task An_initiator_that_is_asked_to_log_out_may_do_so_in_peace()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        bool isAsked = await front.Front.RequestLogoutAsync(Assert.Single(front.Front.Sessions).Id, TimeSpan.FromSeconds(300));
        TestPdu message = initiator.Receive();
        byte status = initiator.Read("28 00 00 00 00 00 00 00 01 00", 512).Status;
        initiator.Send(initiator.Header(Opcode.LogoutRequest, 0x80));
        TestPdu answer = initiator.Receive();

        Assert.True(isAsked);
        Assert.Equal((Opcode.AsynchronousMessage, LogoutEvent, 300), (message.Opcode, message.Bytes[36], message.UInt16(42)));
        Assert.Equal(0, status);
        Assert.Equal(Opcode.LogoutResponse, answer.Opcode);
        Assert.True(initiator.IsClosedByTarget());
    }

    [Fact]
    public async Task An_initiator_that_does_not_log_out_is_cut_off()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        await front.Front.RequestLogoutAsync(Assert.Single(front.Front.Sessions).Id, TimeSpan.FromSeconds(1));
        TestPdu message = initiator.Receive();

        Assert.Equal(LogoutEvent, message.Bytes[36]);
        Assert.True(initiator.IsClosedByTarget());
    }

    [Fact]
    public async Task A_session_that_is_not_there_is_not_asked()
    {
        await using TestFront front = await TestFront.StartAsync();

        Assert.False(await front.Front.RequestLogoutAsync(7, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_caller_s_work_that_fails_leaves_everything_as_it_was()
    {
        await using TestFront front = await TestFront.StartAsync();
        IPEndPoint portal = front.Portal;
        TargetConfiguration before = front.Front.Configuration;

        await Assert.ThrowsAsync<InvalidOperationException>(() => front.Front.ApplyAsync(
            front.Configure(group => group with { Portals = [new Portal(new IPEndPoint(IPAddress.Parse("127.0.0.3"), 0))] }),
            () => throw new InvalidOperationException("It does not work."),
            CancellationToken.None));

        Assert.Same(before, front.Front.Configuration);
        Assert.Equal([portal], front.Front.Portals);
        using TestInitiator initiator = front.LogIn();
    }
}

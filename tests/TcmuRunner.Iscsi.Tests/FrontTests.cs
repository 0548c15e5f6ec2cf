// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>The front over TCP, seen from an initiator.</summary>
public sealed class FrontTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("HeaderDigest=CRC32C|DataDigest=CRC32C|", false)]
    [InlineData("ImmediateData=No|", false)]
    [InlineData("InitialR2T=No|FirstBurstLength=4096|", false)]
    [InlineData("MaxRecvDataSegmentLength=512|MaxBurstLength=1024|", false)]
    public async Task What_is_written_is_read_back(string keys, bool forceEpoll)
    {
        await using TestFront front = await TestFront.StartAsync(forceEpoll: forceEpoll);
        using TestInitiator initiator = front.LogIn("InitialR2T=Yes|" + keys.Replace("InitialR2T=No|", "", StringComparison.Ordinal));
        byte[] data = [.. Enumerable.Range(0, 8 * 512).Select(index => (byte)(index * 13))];

        Write(initiator, "2A 00 00 00 00 10 00 00 08 00", data, keys.Contains("ImmediateData=No", StringComparison.Ordinal) ? 0 : 512);
        (byte status, byte[] read, TestPdu last) = initiator.Read("28 00 00 00 00 10 00 00 08 00", 8 * 512);

        Assert.Equal(0, status);
        Assert.Equal(data, read);
        Assert.Equal(0u, last.UInt32(44));
    }

    [Fact]
    public async Task A_session_begins_with_a_unit_attention()
    {
        await using TestFront front = await TestFront.StartAsync();
        using var initiator = new TestInitiator(front.Portal);
        initiator.Login();

        initiator.SendCommand("00 00 00 00 00 00", 0, 0);

        Assert.Equal(0x62900, initiator.Receive().Sense);
    }

    [Fact]
    public async Task A_short_answer_has_a_residual()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        (_, byte[] data, TestPdu last) = initiator.Read("25 00 00 00 00 00 00 00 00 00", 64);

        Assert.Equal(8, data.Length);
        Assert.Equal(0x02, last.Bytes[1] & 0x06);
        Assert.Equal(56u, last.UInt32(44));
    }

    [Fact]
    public async Task A_ping_comes_back()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();
        byte[] ping = Encoding.ASCII.GetBytes("are you there?");

        initiator.Send(initiator.Header(Opcode.NopOut, 0x80, uint.MaxValue, isImmediate: true), ping);
        TestPdu pong = initiator.Receive();

        Assert.Equal(Opcode.NopIn, pong.Opcode);
        Assert.Equal(ping, pong.Data);
    }

    [Fact]
    public async Task Discovery_tells_name_and_address()
    {
        await using TestFront front = await TestFront.StartAsync();
        using var initiator = new TestInitiator(front.Portal);
        initiator.Login(target: "");

        initiator.Send(initiator.Header(Opcode.TextRequest, 0x80, uint.MaxValue), "SendTargets=All\0"u8);

        Assert.Equal($"TargetName={TestFront.Target}|TargetAddress={front.Portal},1|", initiator.Receive().Text);
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_not_found()
    {
        await using TestFront front = await TestFront.StartAsync();
        using var initiator = new TestInitiator(front.Portal);

        TestPdu response = initiator.Login(target: "iqn.2026-11.test:other");

        Assert.Equal(LoginStatus.NotFound, response.LoginStatus);
        Assert.True(initiator.IsClosedByTarget());
    }

    [Fact]
    public async Task An_initiator_without_a_rule_may_not_log_in_and_finds_nothing()
    {
        await using TestFront front = await TestFront.StartAsync(group => group with
        {
            AllowsAnyInitiator = false,
            Initiators = [new InitiatorRule { Name = "iqn.2026-11.test:other" }],
        });
        using var stranger = new TestInitiator(front.Portal);
        using var discoverer = new TestInitiator(front.Portal);
        discoverer.Login(target: "");
        discoverer.Send(discoverer.Header(Opcode.TextRequest, 0x80, uint.MaxValue), "SendTargets=All\0"u8);

        Assert.Equal(LoginStatus.AuthorizationFailure, stranger.Login().LoginStatus);
        Assert.Equal("", discoverer.Receive().Text);
    }

    [Fact]
    public async Task Nobody_gets_past_CHAP_without_trying()
    {
        await using TestFront front = await TestFront.StartAsync(group => group with { Authentication = new(new("user", "secret secret")) });
        using var initiator = new TestInitiator(front.Portal);

        Assert.Equal(LoginStatus.AuthenticationFailure, initiator.Login().LoginStatus);
    }

    [Fact]
    public async Task A_unit_that_is_not_there_says_so()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        initiator.SendCommand("00 00 00 00 00 00", 0, 0, lun: 7UL << 48);
        int sense = initiator.Receive().Sense;
        (_, byte[] inquiry, _) = initiator.Read("12 00 00 00 24 00", 36, lun: 7UL << 48);

        Assert.Equal(0x52500, sense);
        Assert.Equal(0x7F, inquiry[0]);
    }

    [Fact]
    public async Task A_logout_is_answered_and_ends_the_connection()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        initiator.Send(initiator.Header(Opcode.LogoutRequest, 0x80));
        TestPdu response = initiator.Receive();

        Assert.Equal(Opcode.LogoutResponse, response.Opcode);
        Assert.Equal(0, response.Bytes[2]);
        Assert.True(initiator.IsClosedByTarget());
    }

    [Fact]
    public async Task The_same_initiator_port_takes_its_old_session_s_place()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator first = front.LogIn();

        using TestInitiator second = front.LogIn();

        Assert.True(first.IsClosedByTarget());
        Assert.Equal(1, front.Front.SessionCount);
        Assert.Equal(0, second.Read("28 00 00 00 00 00 00 00 01 00", 512).Status);
    }

    [Fact]
    public async Task Commands_of_two_connections_run_in_the_order_of_their_numbers()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator first = front.LogIn("MaxConnections=2|");
        using var second = new TestInitiator(front.Portal) { SessionId = first.SessionId, CommandNumber = first.CommandNumber };
        TestPdu joined = second.Login("", joins: first.Handle, connectionId: 1);
        Assert.Equal(LoginStatus.Success, joined.LoginStatus);
        byte[] one = [.. Enumerable.Repeat((byte)1, 512)];

        // The second connection's read has the later number and arrives first.
        second.CommandNumber = first.CommandNumber + 1;
        uint read = second.SendCommand("28 00 00 00 00 05 00 00 01 00", 0x40, 512);
        second.Send(second.Header(Opcode.NopOut, 0x80, uint.MaxValue, isImmediate: true));
        Assert.Equal(Opcode.NopIn, second.Receive().Opcode);
        first.SendCommand("2A 00 00 00 00 05 00 00 01 00", 0x20, 512, one);
        TestPdu answer = second.Receive();

        Assert.Equal(Opcode.ScsiResponse, first.Receive().Opcode);
        Assert.Equal(read, answer.UInt32(16));
        Assert.Equal(one, answer.Data);
    }

    [Fact]
    public async Task A_stop_tells_the_initiator_and_closes()
    {
        TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        Task stop = front.DisposeAsync().AsTask();
        TestPdu message = initiator.Receive();
        initiator.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        await stop;

        Assert.Equal(Opcode.AsynchronousMessage, message.Opcode);
        Assert.Equal((byte)AsynchronousEvent.AllConnectionsDropped, message.Bytes[36]);
    }

    /// <summary>Writes with R2T as often as the target asks.</summary>
    private static void Write(TestInitiator initiator, string cdb, byte[] data, int immediate)
    {
        uint tag = initiator.SendCommand(cdb, 0x20, (uint)data.Length, data.AsSpan(0, immediate));
        while (true)
        {
            TestPdu pdu = initiator.Receive();
            if (pdu.Opcode == Opcode.ScsiResponse)
            {
                Assert.Equal(0, pdu.Bytes[3]);
                return;
            }

            Assert.Equal(Opcode.ReadyToTransfer, pdu.Opcode);
            int offset = (int)pdu.UInt32(40);
            int length = (int)pdu.UInt32(44);
            const int piece = 512;
            for (int done = 0; done < length; done += piece)
            {
                int count = Math.Min(piece, length - done);
                byte[] header = initiator.Header(Opcode.DataOut, done + count == length ? (byte)0x80 : (byte)0, pdu.UInt32(20), tag: tag);
                BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(36), (uint)(done / piece));
                BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(40), (uint)(offset + done));
                initiator.Send(header, data.AsSpan(offset + done, count));
            }
        }
    }
}

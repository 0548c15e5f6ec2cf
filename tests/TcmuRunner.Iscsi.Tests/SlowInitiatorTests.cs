// SPDX-License-Identifier: Apache-2.0
using System.Net.Sockets;
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>
/// Initiators that say nothing, stop in the middle, close only one side, are slow, or do not read. A peer that vanishes without a word looks
/// like one that says nothing. Limits are short here where something has to run out, and never where something has to be in time.
/// </summary>
public sealed class SlowInitiatorTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(300);

    private static IscsiFrontOptions Options => new() { LoopCount = 2, StopLimit = TimeSpan.FromSeconds(5) };

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(48)]
    public async Task Who_does_not_log_in_is_cut_off(int bytesOfLogin)
    {
        await using TestFront front = await TestFront.StartAsync(options: Options with { LoginTimeout = s_short });
        using var initiator = new TestInitiator(front.Portal);
        byte[] header = initiator.Header(Opcode.LoginRequest, 0x87, isImmediate: true);
        header[7] = 200;

        initiator.SendRaw(header.AsSpan(0, bytesOfLogin));

        Assert.True(initiator.IsClosedByTarget());
    }

    [Fact]
    public async Task Who_never_ends_the_login_is_refused()
    {
        await using TestFront front = await TestFront.StartAsync();
        using var initiator = new TestInitiator(front.Portal);
        const byte operationalStage = 0x04;
        string text = $"InitiatorName={TestInitiator.Name}|SessionType=Normal|TargetName={TestFront.Target}|";

        TestPdu response;
        do
        {
            initiator.SendLogin(operationalStage, text);
            response = initiator.Receive();
            text = "";
        }
        while (response.LoginStatus == LoginStatus.Success);

        Assert.Equal(LoginStatus.InitiatorError, response.LoginStatus);
        Assert.True(initiator.IsClosedByTarget());
    }

    [Fact]
    public async Task Who_gives_no_sign_of_life_is_asked_for_one_and_then_cut_off()
    {
        await using TestFront front = await TestFront.StartAsync(options: Options with { KeepAliveInterval = s_short });
        using var initiator = new TestInitiator(front.Portal);
        initiator.Login();

        TestPdu ping = initiator.Receive();

        Assert.Equal(Opcode.NopIn, ping.Opcode);
        Assert.Equal(uint.MaxValue, ping.UInt32(16));
        Assert.NotEqual(uint.MaxValue, ping.UInt32(20));
        Assert.True(initiator.IsClosedByTarget());
        await WaitForNoSessionAsync(front);
    }

    [Fact]
    public async Task Who_answers_is_asked_again()
    {
        // Longer and longer: on a busy machine an answer may come too late, which says nothing about the rule.
        for (TimeSpan interval = s_short; ; interval *= 4)
        {
            await using TestFront front = await TestFront.StartAsync(options: Options with { KeepAliveInterval = interval });
            using var initiator = new TestInitiator(front.Portal);
            initiator.Login();
            try
            {
                for (int count = 0; count < 3; count++)
                {
                    TestPdu ping = initiator.Receive();
                    Assert.Equal(Opcode.NopIn, ping.Opcode);
                    initiator.Send(initiator.Header(Opcode.NopOut, 0x80, ping.UInt32(20), isImmediate: true, tag: uint.MaxValue));
                }

                return;
            }
            catch (IOException) when (interval < TimeSpan.FromSeconds(4))
            {
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_closes_its_side_ends_the_session(bool inMidCommand)
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();
        if (inMidCommand)
        {
            initiator.SendCommand("2A 00 00 00 00 10 00 00 08 00", 0x20, 4096);
            Assert.Equal(Opcode.ReadyToTransfer, initiator.Receive().Opcode);
        }

        initiator.Socket.Shutdown(SocketShutdown.Send);

        Assert.True(initiator.IsClosedByTarget());
        await WaitForNoSessionAsync(front);
        Assert.Equal(0, front.Unit.CommandsInFlight);
    }

    [Fact]
    public async Task Bytes_may_come_one_by_one()
    {
        await using TestFront front = await TestFront.StartAsync();
        using var initiator = new TestInitiator(front.Portal) { PieceLength = 1 };

        TestPdu login = initiator.Login("HeaderDigest=CRC32C|DataDigest=CRC32C|");
        initiator.ClearUnitAttention();
        byte[] data = [.. Enumerable.Range(0, 512).Select(index => (byte)index)];
        initiator.SendCommand("2A 00 00 00 00 10 00 00 01 00", 0x20, 512, data);
        TestPdu written = initiator.Receive();

        Assert.Equal(LoginStatus.Success, login.LoginStatus);
        Assert.Equal((Opcode.ScsiResponse, (byte)0), (written.Opcode, written.Bytes[3]));
        Assert.Equal(data, initiator.Read("28 00 00 00 00 10 00 00 01 00", 512).Data);
    }

    [Fact]
    public async Task Who_does_not_read_its_answers_holds_nobody_up_and_gets_them_all()
    {
        IscsiFrontOptions options = Options with { LoopCount = 1, MemoryLimitBytes = 16 << 20 };
        await using TestFront front = await TestFront.StartAsync(options: options);
        using TestInitiator lazy = front.LogIn();
        const int commands = 64;
        const uint length = 1 << 20;

        for (int count = 0; count < commands; count++)
        {
            lazy.SendCommand("28 00 00 00 00 00 00 08 00 00", 0x40, length);
        }

        using var other = new TestInitiator(front.Portal) { SessionId = 2 };
        other.Login();
        other.ClearUnitAttention();
        for (int count = 0; count < 100; count++)
        {
            Assert.Equal(Opcode.NopIn, Ping(other).Opcode);
        }

        var statuses = new List<byte>();
        while (statuses.Count < commands)
        {
            TestPdu pdu = lazy.Receive();
            if (pdu.Opcode == Opcode.ScsiResponse || (pdu.Bytes[1] & 1) != 0)
            {
                statuses.Add(pdu.Bytes[3]);
            }
        }

        const byte good = 0x00, taskSetFull = 0x28;
        Assert.Contains(good, statuses);
        Assert.All(statuses, status => Assert.True(status is good or taskSetFull));
    }

    private static TestPdu Ping(TestInitiator initiator)
    {
        initiator.Send(initiator.Header(Opcode.NopOut, 0x80, uint.MaxValue, isImmediate: true));
        return initiator.Receive();
    }

    // The initiator sees the end before the session is taken off the list.
    private static async Task WaitForNoSessionAsync(TestFront front)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (front.Front.SessionCount > 0)
        {
            await Task.Delay(5, limit.Token);
        }
    }
}

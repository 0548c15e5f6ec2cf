// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>What the engine learns from the front: who an initiator is, and what it expected to transfer.</summary>
public sealed class NexusTests
{
    private const byte Overflow = 0x04;
    private const byte Underflow = 0x02;
    private const byte Conflict = 0x18;
    private const string ReadBlock = "28 00 00 00 00 00 00 00 01 00";

    /// <summary>RFC 7143 11.4.5: what the CDB would transfer beyond the expected length, or less than it.</summary>
    [Theory]
    [InlineData("28 00 00 00 00 00 00 00 02 00", 512, 512, Overflow, 512)]
    [InlineData("28 00 00 00 00 00 00 00 01 00", 200, 200, Overflow, 312)]
    [InlineData("28 00 00 00 00 00 00 00 01 00", 2000, 512, Underflow, 1488)]
    [InlineData("12 00 00 00 24 00", 8, 8, Overflow, 28)]
    public async Task A_read_says_how_it_differs_from_what_was_expected(string cdb, uint expected, int length, byte flag, uint residual)
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        (byte status, byte[] data, TestPdu last) = initiator.Read(cdb, expected);

        Assert.Equal(0, status);
        Assert.Equal(length, data.Length);
        Assert.Equal(flag, last.Bytes[1] & (Overflow | Underflow));
        Assert.Equal(residual, last.UInt32(44));
    }

    [Theory]
    [InlineData("2A 00 00 00 00 00 00 00 02 00", 512, Overflow, 512)]
    [InlineData("2A 00 00 00 00 00 00 00 01 00", 1024, Underflow, 512)]
    [InlineData("2A 00 00 00 00 00 00 00 01 00", 512, 0, 0)]
    public async Task A_write_says_so_too(string cdb, int length, byte flag, uint residual)
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        initiator.SendCommand(cdb, 0x20, (uint)length, new byte[length]);
        TestPdu response = initiator.Receive();

        Assert.Equal(0, response.Bytes[3]);
        Assert.Equal(flag, response.Bytes[1] & (Overflow | Underflow));
        Assert.Equal(residual, response.UInt32(44));
    }

    /// <summary>SPC-5 5.13.7: a registration is of the initiator port, which is the name and the session id.</summary>
    [Fact]
    public async Task A_reservation_knows_its_holder_again()
    {
        await using TestFront front = await TestFront.StartAsync();
        using (TestInitiator holder = front.LogIn())
        {
            Assert.Equal(0, Reserve(holder, "06", key: 0, newKey: 7, type: 0));
            Assert.Equal(0, Reserve(holder, "01", key: 7, newKey: 0, type: 3));
        }

        using TestInitiator again = front.LogIn();
        using var other = new TestInitiator(front.Portal) { SessionId = 0x4000_0000_0002 };
        other.Login();
        other.ClearUnitAttention();

        Assert.Equal(0, again.Read(ReadBlock, 512).Status);
        Assert.Equal(Conflict, other.Read(ReadBlock, 512).Status);
    }

    /// <summary>libiscsi Reserve6.Logout: whoever is told that a session has ended finds its unit reservation gone.</summary>
    [Fact]
    public async Task A_logout_frees_the_unit_before_it_is_answered()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator holder = front.LogIn();
        using var other = new TestInitiator(front.Portal) { SessionId = 0x4000_0000_0002 };
        other.Login();
        other.ClearUnitAttention();
        holder.SendCommand("16 00 00 00 00 00", 0, 0);
        Assert.Equal(0, holder.Receive().Bytes[3]);
        Assert.Equal(Conflict, other.Read(ReadBlock, 512).Status);

        holder.Send(holder.Header(Opcode.LogoutRequest, 0x80));
        Assert.Equal(Opcode.LogoutResponse, holder.Receive().Opcode);

        Assert.Equal(0, other.Read(ReadBlock, 512).Status);
    }

    private static byte Reserve(TestInitiator initiator, string action, byte key, byte newKey, int type)
    {
        byte[] list = new byte[24];
        list[7] = key;
        list[15] = newKey;
        initiator.SendCommand($"5F {action} {type:X2} 00 00 00 00 00 18 00", 0x20, 24, list);
        return initiator.Receive().Bytes[3];
    }
}

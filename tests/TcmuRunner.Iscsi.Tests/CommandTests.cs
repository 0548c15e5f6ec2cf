// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>What becomes of a command: residuals (RFC 7143 11.4.5), the window, aborts.</summary>
public sealed class CommandTests
{
    private const byte Overflow = 0x04, Underflow = 0x02;

    [Theory]
    [InlineData(0, Overflow, 512)]
    [InlineData(200, Overflow, 312)]
    [InlineData(512, 0, 0)]
    [InlineData(10000, Underflow, 9488)]
    public async Task A_read_that_moves_something_else_than_expected_has_a_residual(uint expected, byte flags, uint residual)
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        (byte status, byte[] data, TestPdu last) = initiator.Read("28 00 00 00 00 00 00 00 01 00", expected);

        Assert.Equal(0, status);
        Assert.Equal(Math.Min(expected, 512u), (uint)data.Length);
        Assert.Equal(flags, last.Bytes[1] & (Overflow | Underflow));
        Assert.Equal(residual, last.UInt32(44));
    }

    [Fact]
    public async Task A_write_moves_no_more_than_the_initiator_sends()
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();
        byte[] ones = [.. Enumerable.Repeat((byte)1, 512)];

        initiator.SendCommand("2A 00 00 00 00 00 00 00 02 00", 0x20, 512, ones);
        TestPdu response = initiator.Receive();
        byte[] blocks = initiator.Read("28 00 00 00 00 00 00 00 02 00", 1024).Data;

        Assert.Equal(0, response.Bytes[3]);
        Assert.Equal(Overflow, response.Bytes[1] & (Overflow | Underflow));
        Assert.Equal(512u, response.UInt32(44));
        Assert.Equal([.. ones, .. new byte[512]], blocks);
    }

    [Fact]
    public async Task A_command_outside_the_window_is_not_executed()
    {
        await using TestFront front = await TestFront.StartAsync(group => group with { Parameters = new() { QueueDepth = 4 } });
        using TestInitiator initiator = front.LogIn();
        uint next = initiator.CommandNumber;

        initiator.CommandNumber = next + 4;
        initiator.SendCommand("00 00 00 00 00 00", 0, 0);
        initiator.CommandNumber = next - 1;
        initiator.SendCommand("00 00 00 00 00 00", 0, 0);
        initiator.CommandNumber = next;
        uint tag = initiator.SendCommand("00 00 00 00 00 00", 0, 0);
        TestPdu response = initiator.Receive();

        Assert.Equal(tag, response.UInt32(16));
        Assert.Equal(next + 1, response.UInt32(28));
        Assert.Equal(next + 4, response.UInt32(32));
    }

    [Fact]
    public async Task Memory_that_is_not_there_is_task_set_full_and_others_have_theirs()
    {
        var options = new IscsiFrontOptions { LoopCount = 1, MemoryLimitBytes = 16 << 20, StopLimit = TimeSpan.FromSeconds(5) };
        await using TestFront front = await TestFront.StartAsync(options: options);
        using TestInitiator initiator = front.LogIn("InitialR2T=Yes|");

        // Each of them waits for its data with a buffer of 4 MiB, and a session may have four fifths of the memory.
        const string write = "2A 00 00 00 00 00 00 20 00 00";
        for (int count = 0; count < 3; count++)
        {
            initiator.SendCommand(write, 0x20, 4 << 20);
        }

        uint fourth = initiator.SendCommand(write, 0x20, 4 << 20);
        TestPdu refused = FirstThatIsNotAskedFor(initiator);
        using var other = new TestInitiator(front.Portal) { SessionId = 99 };
        other.Login();
        other.ClearUnitAttention();
        byte read = other.Read("28 00 00 00 00 00 00 08 00 00", 1 << 20).Status;

        Assert.Equal((fourth, (byte)0x28), (refused.UInt32(16), refused.Bytes[3]));
        Assert.Equal((byte)0x00, read);
    }

    private static TestPdu FirstThatIsNotAskedFor(TestInitiator initiator)
    {
        TestPdu pdu;
        do
        {
            pdu = initiator.Receive();
        }
        while (pdu.Opcode == Opcode.ReadyToTransfer);
        return pdu;
    }

    [Fact]
    public async Task An_aborted_command_reaches_its_handler_and_is_not_answered()
    {
        var device = new TestDevice(new DeviceCharacteristics { SizeBytes = 2048 * 512 })
        {
            Delay = (_, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken),
        };
        await using TestFront front = await TestFront.StartAsync(device: device);
        using TestInitiator initiator = front.LogIn();

        uint tag = initiator.SendCommand("28 00 00 00 00 00 00 00 01 00", 0x40, 512);
        byte[] abort = initiator.Header(Opcode.TaskManagementRequest, 0x80 | (byte)TaskManagementFunction.AbortTask, tag, isImmediate: true);
        initiator.Send(abort);
        TestPdu response = initiator.Receive();

        Assert.Equal(Opcode.TaskManagementResponse, response.Opcode);
        Assert.Equal((byte)TaskManagementResponse.FunctionComplete, response.Bytes[2]);
        Assert.Equal(0, front.Unit.CommandsInFlight);
    }

    [Fact]
    public async Task A_reset_ends_the_commands_of_every_initiator_and_tells_them()
    {
        var device = new TestDevice(new DeviceCharacteristics { SizeBytes = 2048 * 512 })
        {
            Delay = (_, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken),
        };
        await using TestFront front = await TestFront.StartAsync(device: device);
        using TestInitiator one = front.LogIn();
        using var other = new TestInitiator(front.Portal) { SessionId = 99 };
        other.Login();
        other.ClearUnitAttention();
        other.SendCommand("28 00 00 00 00 00 00 00 01 00", 0x40, 512);
        other.Send(other.Header(Opcode.NopOut, 0x80, uint.MaxValue, isImmediate: true));
        Assert.Equal(Opcode.NopIn, other.Receive().Opcode);

        one.Send(one.Header(Opcode.TaskManagementRequest, 0x80 | (byte)TaskManagementFunction.LogicalUnitReset, isImmediate: true));
        TestPdu response = one.Receive();
        other.SendCommand("00 00 00 00 00 00", 0, 0);

        Assert.Equal((byte)TaskManagementResponse.FunctionComplete, response.Bytes[2]);
        Assert.Equal(0, front.Unit.CommandsInFlight);
        Assert.Equal(0x62903, other.Receive().Sense);
    }

    [Theory]
    [InlineData((byte)TaskManagementFunction.TaskReassign, (byte)TaskManagementResponse.TaskAllegianceReassignmentNotSupported)]
    [InlineData((byte)TaskManagementFunction.ClearAutoContingentAllegiance, (byte)TaskManagementResponse.FunctionNotSupported)]
    [InlineData((byte)TaskManagementFunction.AbortTask, (byte)TaskManagementResponse.TaskDoesNotExist)]
    [InlineData((byte)99, (byte)TaskManagementResponse.FunctionNotSupported)]
    public async Task Functions_that_cannot_be_done_are_refused(byte function, byte response)
    {
        await using TestFront front = await TestFront.StartAsync();
        using TestInitiator initiator = front.LogIn();

        initiator.Send(initiator.Header(Opcode.TaskManagementRequest, (byte)(0x80 | function), 0xABCD, isImmediate: true));

        Assert.Equal(response, initiator.Receive().Bytes[2]);
    }
}

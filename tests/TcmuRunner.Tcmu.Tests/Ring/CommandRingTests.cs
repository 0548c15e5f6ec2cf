// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Tcmu.Tests.Ring;

public sealed class CommandRingTests
{
    private const ushort InOrderOnly = 0;

    [Fact]
    public async Task Commands_that_came_before_the_open_are_executed_without_an_event()
    {
        await using RingHarness harness = await RingHarness.StartAsync(prepare: kernel =>
            kernel.Submit(Cdbs.Read, DataDirection.In, 4096));
        Assert.False(harness.Channel.IsSignalled);

        harness.Loop.Turn();

        Assert.Single(harness.Handler.Pending);
    }

    [Fact]
    public async Task The_handler_gets_the_cdb_and_the_data_of_a_write()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        byte[] data = [.. Enumerable.Range(0, 10_000).Select(index => (byte)(index * 7))];
        harness.Kernel.Submit(Cdbs.Write, DataDirection.Out, data.Length, data);

        harness.Loop.Turn();

        IRawCommand command = harness.Handler.Pending[0].Command;
        Assert.Equal(Cdbs.Write, command.Cdb.ToArray());
        var seen = new byte[data.Length];
        Assert.Equal(data.Length, command.DataOut.CopyTo(seen));
        Assert.Equal(data, seen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(100)]
    public async Task A_read_over_scattered_blocks_returns_what_the_handler_filled_in(int blocks)
    {
        // One command holds every second block, so that nothing can be merged.
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { DataBlocks = 512, RingSizeBytes = 65408 });
        List<FakeCommand> holders = [.. Enumerable.Range(0, 200).Select(index => harness.Read(4096, index))];
        SettleAndEndEven(harness);

        FakeCommand read = harness.Read(blocks * 4096);
        harness.Settle();
        PendingCommand pending = harness.Handler.Pending[^1];
        byte value = 0;
        foreach (Span<byte> segment in pending.Command.DataIn)
        {
            segment.Fill(++value);
        }

        harness.Handler.End(harness.Handler.Pending.Count - 1);
        harness.Settle();

        Assert.Equal(100, holders.Count(holder => holder.IsCompleted));
        Assert.Equal(ScsiStatus.Good, read.Status);
        Assert.Equal(Enumerable.Range(1, blocks).SelectMany(block => Enumerable.Repeat((byte)block, 4096)), read.Returned.ToArray());
        EndAll(harness);
    }

    [Theory]
    [InlineData(0x7F, 32)]
    [InlineData(0xC0, 10)]
    [InlineData(0xE0, 10)]
    [InlineData(0x60, 12)]
    public async Task A_cdb_of_any_group_reaches_the_handler_whole(byte operationCode, int length)
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        byte[] cdb = [.. Enumerable.Range(0, length).Select(index => (byte)index)];
        cdb[0] = operationCode;
        if (operationCode == 0x7F)
        {
            cdb[7] = (byte)(length - 8);
        }

        FakeCommand command = harness.Kernel.Submit(cdb, DataDirection.None, 0);
        harness.Loop.Turn();

        Assert.Equal(cdb, harness.Handler.Pending[0].Command.Cdb.ToArray());
        EndAll(harness);
        Assert.Equal(ScsiStatus.Good, command.Status);
    }

    [Fact]
    public async Task Answers_may_come_in_any_order_with_entries_of_any_length()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand longest = harness.Kernel.Submit([0x7F, 0, 0, 0, 0, 0, 0, 200, .. new byte[200]], DataDirection.None, 0, tag: 1);
        FakeCommand shortest = harness.Kernel.Submit(Cdbs.TestUnitReady, DataDirection.None, 0, tag: 2);
        harness.Loop.Turn();

        harness.Handler.End(1);
        harness.Settle();

        Assert.True(shortest.IsCompleted);
        Assert.False(longest.IsCompleted);
        EndAll(harness);
        Assert.True(longest.IsCompleted);
        Assert.Equal(harness.Kernel.Head, harness.Kernel.Tail);
    }

    [Fact]
    public async Task Without_out_of_order_completion_an_answer_waits_for_its_turn()
    {
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { Flags = InOrderOnly });
        FakeCommand[] commands = [.. Enumerable.Range(0, 3).Select(index => harness.Read(4096, index))];
        harness.Loop.Turn();

        harness.Handler.End(2);
        harness.Handler.End(1);
        harness.Settle();
        Assert.DoesNotContain(commands, command => command.IsCompleted);

        harness.Handler.End(0);
        harness.Settle();
        Assert.All(commands, command => Assert.Equal(ScsiStatus.Good, command.Status));
    }

    [Fact]
    public async Task Sense_data_reach_the_initiator_with_all_96_bytes_written()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        harness.Handler.Respond = _ => new(IoOutcome.ReadError);

        FakeCommand read = harness.Read(8 * 4096);
        harness.Settle();

        Assert.Equal(ScsiStatus.CheckCondition, read.Status);
        Assert.Equal(SenseKey.MediumError, read.SenseKey);
        Assert.Equal(AdditionalSenseCode.UnrecoveredReadError, read.AdditionalSenseCode);
        Assert.All(read.Sense[18..], value => Assert.Equal(0, value));
        Assert.Equal(0, read.ReturnedLength);
    }

    [Theory]
    [InlineData((ushort)0xF, 100, 100)]
    [InlineData((ushort)0xF, 0, 1)]
    [InlineData((ushort)0xF, 8192, 8192)]
    [InlineData((ushort)0x1, 100, 8192)]
    [InlineData((ushort)0x1, 0, 8192)]
    public async Task What_the_handler_did_not_fill_never_shows_another_commands_data(ushort flags, int filled, int returned)
    {
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { Flags = flags });
        harness.Handler.Respond = command =>
        {
            command.DataIn.CopyFrom(Enumerable.Repeat((byte)0x55, filled).ToArray());
            command.DataInLength = filled;
            return new(IoStatus.Good);
        };
        harness.Read(8192);
        harness.Settle();

        FakeCommand read = harness.Read(8192);
        harness.Settle();

        Assert.Equal(returned, read.ReturnedLength);
        Assert.All(read.Returned[..filled].ToArray(), value => Assert.Equal(0x55, value));
        Assert.All(read.Returned[filled..].ToArray(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData((ushort)0xF)]
    [InlineData((ushort)0x1)]
    public async Task A_bidirectional_command_has_two_buffers_and_a_cleared_rest(ushort flags)
    {
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { Flags = flags });
        harness.Handler.Respond = command =>
        {
            var sent = new byte[600];
            Assert.Equal(600, command.DataOut.CopyTo(sent));
            Assert.Equal(5000, command.DataIn.Length);
            command.DataInLength = command.DataIn.CopyFrom(sent);
            return new(IoStatus.Good);
        };
        byte[] data = [.. Enumerable.Repeat((byte)9, 600)];

        FakeCommand command = harness.Kernel.Submit([0x53, .. new byte[9]], DataDirection.Both, 600, data, bidirectionalLength: 5000);
        harness.Settle();

        Assert.Equal(ScsiStatus.Good, command.Status);
        Assert.Equal([.. data, .. new byte[4400]], command.Returned.ToArray());
    }

    [Fact]
    public async Task One_notification_covers_all_answers_of_a_turn()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        harness.Handler.Respond = _ => new(IoStatus.Good);
        for (int index = 0; index < 20; index++)
        {
            harness.Kernel.Submit(Cdbs.TestUnitReady, DataDirection.None, 0);
        }

        harness.Loop.Turn();

        Assert.Equal(20, harness.Kernel.Collected);
        Assert.Equal(1, harness.Channel.Notifications);
    }

    [Fact]
    public async Task A_completion_on_another_thread_comes_back_to_the_loop()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand read = harness.Read(4096);
        harness.Loop.Turn();

        var thread = new Thread(() => harness.Handler.End());
        thread.Start();
        thread.Join();

        Assert.Equal(1, harness.Loop.Posted);
        Assert.Equal(0u, harness.Kernel.Tail);
        harness.Settle();
        Assert.Equal(ScsiStatus.Good, read.Status);
    }

    private static void SettleAndEndEven(RingHarness harness)
    {
        harness.Settle();
        for (int index = 0; index < harness.Handler.Pending.Count; index++)
        {
            harness.Handler.End(index);
        }

        harness.Settle();
    }

    private static void EndAll(RingHarness harness)
    {
        while (harness.Handler.Pending.Count != 0)
        {
            harness.Handler.End();
        }

        harness.Settle();
    }
}

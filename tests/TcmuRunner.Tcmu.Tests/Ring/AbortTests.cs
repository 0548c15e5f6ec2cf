// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Tcmu.Tests.Ring;

/// <summary>Task management notifications and time-outs ask a handler to give up; they never answer for it.</summary>
public sealed class AbortTests
{
    private const byte AbortTask = 1;

    [Fact]
    public async Task A_notification_cancels_the_listed_commands_alone_and_they_are_answered_when_the_handler_is_done()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand[] commands = [.. Enumerable.Range(0, 3).Select(index => harness.Read(4096, index))];
        harness.Loop.Turn();

        harness.Kernel.SubmitTaskManagement(AbortTask, commands[1].Id, 60_000);
        harness.Loop.Turn();

        Assert.Equal([false, true, false], harness.Handler.Pending.Select(pending => pending.Cancellation.IsCancellationRequested));
        Assert.DoesNotContain(commands, command => command.IsCompleted);
        harness.Handler.End(1, IoOutcome.Aborted);
        harness.Settle();
        Assert.Equal(ScsiStatus.TaskAborted, commands[1].Status);
    }

    [Fact]
    public async Task A_handler_may_end_commands_inside_the_cancellation()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand[] commands = [.. Enumerable.Range(0, 4).Select(index => harness.Read(4096, index))];
        harness.Loop.Turn();
        harness.Handler.Pending[3].Cancellation.Register(() =>
        {
            while (harness.Handler.Pending.Count != 0)
            {
                harness.Handler.End(0, IoOutcome.Aborted);
            }
        });

        harness.Kernel.SubmitTaskManagement(AbortTask, commands[0].Id, commands[3].Id);
        harness.Settle();

        Assert.All(commands, command => Assert.Equal(ScsiStatus.TaskAborted, command.Status));
        Assert.Equal(harness.Kernel.Head, harness.Kernel.Tail);
    }

    [Fact]
    public async Task A_handler_whose_cancellation_throws_keeps_its_device()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand command = harness.Read(4096);
        harness.Loop.Turn();
        harness.Handler.Pending[0].Cancellation.Register(() => throw new InvalidOperationException("no"));

        harness.Kernel.SubmitTaskManagement(AbortTask, command.Id);
        harness.Loop.Turn();

        Assert.True(harness.Loop.HasSource);
        Assert.Contains(harness.Logger.Messages, message => message.Contains("being cancelled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_notification_as_the_last_entry_is_released_at_once_so_that_the_ring_empties()
    {
        await using RingHarness harness = await RingHarness.StartAsync();

        harness.Kernel.SubmitTaskManagement(AbortTask, 7);
        harness.Loop.Turn();

        Assert.Equal(harness.Kernel.Head, harness.Kernel.Tail);
        Assert.Equal(1, harness.Channel.Notifications);
        Assert.True(await harness.Device.DrainAsync(RingHarness.Limit));
    }

    [Fact]
    public async Task An_aborted_task_serves_again()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        for (int round = 0; round < 10; round++)
        {
            FakeCommand command = harness.Read(4096);
            harness.Loop.Turn();
            Assert.False(harness.Handler.Pending[0].Cancellation.IsCancellationRequested);

            harness.Kernel.SubmitTaskManagement(AbortTask, command.Id);
            harness.Loop.Turn();
            harness.Handler.End(0, IoOutcome.Aborted);
            harness.Settle();

            Assert.Equal(ScsiStatus.TaskAborted, command.Status);
        }
    }

    [Fact]
    public async Task A_command_past_its_time_out_is_reported_once_and_cancelled_but_not_answered()
    {
        await using RingHarness harness = await RingHarness.StartAsync(
            configure: options => options with { CommandTimeOut = TimeSpan.FromSeconds(2) });
        FakeCommand late = harness.Read(4096);
        harness.Loop.Turn();
        Assert.NotEqual(long.MaxValue, harness.Device.DeadlineMilliseconds);

        harness.Loop.PassDeadline();
        harness.Loop.PassDeadline();
        FakeCommand young = harness.Read(4096);
        harness.Loop.Turn();
        Assert.Equal(0, harness.Device.Counters.TimeOuts);
        harness.Loop.PassDeadline();
        harness.Loop.PassDeadline();

        Assert.Equal(1, harness.Device.Counters.TimeOuts);
        Assert.Equal([true, false], harness.Handler.Pending.Select(pending => pending.Cancellation.IsCancellationRequested));
        Assert.Single(harness.Logger.Messages, message => message.Contains("READ(10)", StringComparison.Ordinal));
        Assert.False(late.IsCompleted || young.IsCompleted);
    }

    [Fact]
    public async Task An_answer_after_the_kernels_own_time_out_only_gives_the_resources_back()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand read = harness.Read(4096);
        harness.Loop.Turn();

        harness.Kernel.Expire(read);
        harness.Handler.End();
        harness.Settle();

        Assert.Equal(0, harness.Kernel.OnRing);
        Assert.Equal(FakeCommandState.Expired, read.State);
    }
}

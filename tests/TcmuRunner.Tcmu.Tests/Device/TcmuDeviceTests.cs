// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.Tests.Ring;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Tcmu.Tests.Device;

/// <summary>The life of a device: start, drain, stop, removal, restart.</summary>
public sealed class TcmuDeviceTests
{
    private const short PollIn = 1;
    private const short PollErr = 8;
    private const short PollHup = 16;

    [Fact]
    public async Task An_event_without_an_entry_does_no_harm()
    {
        await using RingHarness harness = await RingHarness.StartAsync();

        harness.Kernel.RaiseEvent();
        harness.Loop.Turn();
        harness.Loop.Turn();

        Assert.False(harness.Channel.IsSignalled);
        Assert.Equal(0, harness.Channel.Notifications);
    }

    [Fact]
    public async Task Entries_are_found_before_their_event_and_the_late_event_does_no_harm()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        harness.Handler.Respond = _ => default;
        harness.Kernel.Plug();
        FakeCommand command = harness.Kernel.Submit(Cdbs.TestUnitReady, DataDirection.None, 0);
        Assert.False(harness.Channel.IsSignalled);

        harness.Loop.Turn();
        Assert.True(command.IsCompleted);
        harness.Kernel.Unplug();
        harness.Loop.Turn();

        Assert.False(harness.Channel.IsSignalled);
        Assert.Equal(1, harness.Channel.Notifications);
    }

    [Fact]
    public async Task The_event_counter_may_wrap()
    {
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { EventCounter = uint.MaxValue - 3 });
        harness.Handler.Respond = _ => default;

        for (int index = 0; index < 10; index++)
        {
            FakeCommand command = harness.Kernel.Submit(Cdbs.TestUnitReady, DataDirection.None, 0);
            Assert.True(harness.Channel.IsSignalled);
            harness.Loop.Turn();
            Assert.Equal(ScsiStatus.Good, command.Status);
        }
    }

    [Theory]
    [InlineData(PollErr)]
    [InlineData((short)(PollIn | PollErr | PollHup))]
    [InlineData(PollHup)]
    public async Task Anything_but_POLLIN_alone_means_that_the_device_is_gone(short events)
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        harness.Read(4096);
        harness.Loop.Turn();
        harness.Kernel.Remove();

        harness.Loop.Turn(events);

        Assert.Equal(TcmuDeviceEndReason.Gone, (await harness.Device.Ended.WaitAsync(RingHarness.Limit)).Reason);
        Assert.False(harness.Loop.HasSource);
        harness.Handler.End();
        harness.Loop.Turn();
        Assert.Equal(0, harness.Device.Counters.InFlight);
    }

    [Fact]
    public async Task A_notification_that_fails_means_that_the_device_is_gone()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        harness.Read(4096);
        harness.Loop.Turn();

        harness.Kernel.Remove();
        harness.Loop.Run(() => harness.Handler.End());
        harness.Loop.Turn(PollIn);

        Assert.Equal(TcmuDeviceEndReason.Gone, (await harness.Device.Ended.WaitAsync(RingHarness.Limit)).Reason);
    }

    [Fact]
    public async Task Draining_waits_for_the_last_answer_and_says_when_the_limit_passed()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        harness.Read(4096);
        harness.Loop.Turn();

        Assert.False(await harness.Device.DrainAsync(TimeSpan.FromMilliseconds(1)));
        Task<bool> drain = harness.Device.DrainAsync(RingHarness.Limit);
        Assert.False(drain.IsCompleted);
        harness.Handler.End();
        harness.Settle();

        Assert.True(await drain);
    }

    [Fact]
    public async Task Stopping_cancels_waits_answers_and_closes_everything_once()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand read = harness.Read(4096);
        harness.Loop.Turn();

        Task stop = harness.Device.StopAsync(RingHarness.Limit);
        FakeCommand tooLate = harness.Read(4096);
        harness.Loop.Turn();
        Assert.False(stop.IsCompleted);
        Assert.True(Assert.Single(harness.Handler.Pending).Cancellation.IsCancellationRequested);
        harness.Handler.End(0, IoOutcome.Aborted);
        harness.Loop.Turn();
        await stop;
        await harness.Device.DisposeAsync();

        Assert.Equal(ScsiStatus.TaskAborted, read.Status);
        Assert.False(tooLate.IsCompleted);
        Assert.True(harness.Channel.IsClosed);
        Assert.Equal(1, harness.Handler.Closed);
        Assert.Equal(TcmuDeviceEndReason.Stopped, (await harness.Device.Ended).Reason);
    }

    [Fact]
    public async Task A_handler_that_hangs_past_the_limit_is_abandoned_with_its_memory_still_mapped()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand read = harness.Read(4096);
        harness.Loop.Turn();

        await harness.Device.StopAsync(TimeSpan.FromMilliseconds(1));

        Assert.Contains(harness.Logger.Messages, message => message.Contains("is abandoned", StringComparison.Ordinal));
        Assert.Equal(0, harness.Handler.Closed);
        harness.Handler.Pending[0].Command.DataIn.Clear();
        harness.Handler.End();
        harness.Loop.Turn();
        await WaitUntilAsync(() => harness.Channel.IsClosed && harness.Handler.Closed == 1);
        Assert.False(read.IsCompleted);
    }

    [Fact]
    public async Task A_restart_without_a_reset_goes_on_at_the_tail_and_answers_nothing_twice()
    {
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { Flags = 0 });
        FakeCommand[] commands = [.. Enumerable.Range(0, 6).Select(index => harness.Read(4096, index))];
        harness.Loop.Turn();
        harness.Handler.End();
        harness.Handler.End();
        harness.Loop.Turn();
        harness.Kernel.Close(harness.Channel);
        harness.Handler.Pending.Clear();

        await harness.OpenAsync();
        harness.Loop.Turn();
        Assert.Equal(4, harness.Handler.Pending.Count);
        while (harness.Handler.Pending.Count != 0)
        {
            harness.Handler.End();
        }

        harness.Settle();
        Assert.All(commands, command => Assert.Equal((ScsiStatus.Good, 1), (command.Status, command.Completions)));
    }

    [Fact]
    public async Task A_restart_with_a_reset_starts_at_zero()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand lost = harness.Read(4096);
        harness.Loop.Turn();
        harness.Kernel.Close(harness.Channel);
        harness.Handler.Pending.Clear();
        harness.Kernel.ResetRing();
        Assert.Equal(ScsiStatus.Busy, lost.Status);

        await harness.OpenAsync();
        FakeCommand read = harness.Read(4096);
        harness.Loop.Turn();
        harness.Handler.End();
        harness.Settle();

        Assert.Equal(ScsiStatus.Good, read.Status);
        Assert.Equal(1, lost.Completions);
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(RingHarness.Limit);
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using TcmuRunner.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.Tests.Ring;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Tcmu.Tests.Device;

/// <summary>A device on a thread of its own, with both mechanisms of the loop.</summary>
public sealed class RealLoopTests
{
    private const int Depth = 32;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_wake_up_is_lost_when_commands_come_one_at_a_time(bool forceEpoll)
    {
        await using RingHarness harness = await StartAsync(forceEpoll);
        harness.Handler.Respond = _ => default;
        using var answered = new SemaphoreSlim(0);
        harness.Kernel.Completed = _ => answered.Release();

        for (int index = 0; index < 2000; index++)
        {
            harness.Kernel.Submit(Cdbs.TestUnitReady, DataDirection.None, 0);
            Assert.True(await answered.WaitAsync(RingHarness.Limit));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Completions_from_many_threads_are_all_answered_once(bool forceEpoll)
    {
        const int Commands = 20_000;
        await using RingHarness harness = await StartAsync(forceEpoll);
        using var pending = new BlockingCollection<IoCompletion>();
        harness.Handler.Respond = _ =>
        {
            var completion = new IoCompletion();
            ValueTask<IoStatus> operation = completion.Start();
            pending.Add(completion);
            return operation;
        };
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            foreach (IoCompletion completion in pending.GetConsumingEnumerable())
            {
                completion.Complete(IoStatus.Good);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        var done = new TaskCompletionSource();
        int left = Commands;
        int toSubmit = Commands - Depth;
        harness.Kernel.Completed = command =>
        {
            Assert.Equal(ScsiStatus.Good, command.Status);
            if (--left == 0)
            {
                done.SetResult();
            }

            if (toSubmit-- > 0)
            {
                harness.Kernel.Submit(command);
            }
        };

        for (int index = 0; index < Depth; index++)
        {
            harness.Kernel.Submit(Cdbs.TestUnitReady, DataDirection.None, 0);
        }

        await done.Task.WaitAsync(RingHarness.Limit);
        pending.CompleteAdding();
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(Commands, harness.Kernel.Collected);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_removal_of_the_device_ends_its_service(bool forceEpoll)
    {
        await using RingHarness harness = await StartAsync(forceEpoll);

        harness.Kernel.Remove();

        Assert.Equal(TcmuDeviceEndReason.Gone, (await harness.Device.Ended.WaitAsync(RingHarness.Limit)).Reason);
    }

    [Fact]
    public async Task The_time_out_clock_runs_on_the_loop()
    {
        await using RingHarness harness = await RingHarness.StartAsync(
            configure: options => options with { CommandTimeOut = TimeSpan.FromMilliseconds(1) }, isReal: true);
        var cancelled = new TaskCompletionSource();
        harness.Handler.Respond = null;

        harness.Read(4096);
        SpinWait.SpinUntil(() => harness.Handler.Pending.Count == 1, RingHarness.Limit);
        harness.Handler.Pending[0].Cancellation.Register(cancelled.SetResult);

        await cancelled.Task.WaitAsync(RingHarness.Limit);
        Assert.Equal(1, harness.Device.Counters.TimeOuts);
    }

    private static Task<RingHarness> StartAsync(bool forceEpoll) => RingHarness.StartAsync(
        configure: options => options with { LoopOptions = new IoLoopOptions { Name = string.Empty, ForceEpoll = forceEpoll } },
        isReal: true);
}

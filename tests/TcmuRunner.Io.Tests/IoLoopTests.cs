// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;

namespace TcmuRunner.Io.Tests;

public sealed class IoLoopTests
{
    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task Posted_work_runs_on_the_loop_in_order(string mechanism)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism);
        var order = new List<int>();
        var onLoop = new List<bool>();

        for (int number = 0; number < 100; number++)
        {
            int captured = number;
            loop.Post(new DelegateItem(() =>
            {
                order.Add(captured);
                onLoop.Add(IoLoop.Current == loop);
            }));
        }

        await loop.InvokeAsync(() => { }).WaitAsync(LoopFactory.Limit);

        Assert.Equal(Enumerable.Range(0, 100), order);
        Assert.All(onLoop, Assert.True);
        Assert.Null(IoLoop.Current);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task A_million_posts_from_many_threads_all_run(string mechanism)
    {
        const int Threads = 4;
        const int Posts = 250_000;
        await using IoLoop loop = LoopFactory.Start(mechanism, TimeSpan.Zero);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int ran = 0;

        Task[] posters = [.. Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (int index = 0; index < Posts; index++)
                {
                    loop.Post(new DelegateItem(() =>
                    {
                        if (++ran == Threads * Posts)
                        {
                            done.SetResult();
                        }
                    }));
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];
        await Task.WhenAll(posters).WaitAsync(LoopFactory.Limit);
        await done.Task.WaitAsync(LoopFactory.Limit);

        Assert.Equal(Threads * Posts, ran);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task A_sleeping_loop_wakes_for_every_single_post(string mechanism)
    {
        // One post at a time, so that the loop is about to sleep, asleep or about to wake whenever the next one comes.
        await using IoLoop loop = LoopFactory.Start(mechanism, TimeSpan.Zero);
        using var ran = new SemaphoreSlim(0);
        var item = new DelegateItem(() => ran.Release());

        for (int round = 0; round < 20_000; round++)
        {
            loop.Post(item);
            Assert.True(await ran.WaitAsync(LoopFactory.Limit), $"The post of round {round} was lost.");
        }
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task Work_that_throws_does_not_end_the_loop(string mechanism)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism);

        loop.Post(new DelegateItem(() => throw new InvalidOperationException("posted")));
        Task failing = loop.InvokeAsync(() => throw new InvalidOperationException("invoked"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => failing.WaitAsync(LoopFactory.Limit));
        await loop.InvokeAsync(() => { }).WaitAsync(LoopFactory.Limit);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task Disposing_twice_waits_for_the_end_and_later_invocations_are_refused(string mechanism)
    {
        IoLoop loop = LoopFactory.Start(mechanism);
        bool ran = false;
        loop.Post(new DelegateItem(() => ran = true));

        await loop.DisposeAsync().AsTask().WaitAsync(LoopFactory.Limit);
        await loop.DisposeAsync().AsTask().WaitAsync(LoopFactory.Limit);

        Assert.True(ran);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => loop.InvokeAsync(() => { }));
        loop.Post(new DelegateItem(() => Assert.Fail("A post after the end must be dropped.")));
    }

    [Fact]
    public async Task A_loop_cannot_be_disposed_from_its_own_thread()
    {
        await using IoLoop loop = LoopFactory.Start("epoll");

        Task fromItself = loop.RunAsync(() => loop.DisposeAsync().AsTask());

        await Assert.ThrowsAsync<InvalidOperationException>(() => fromItself);
    }

    [Fact]
    public async Task Posting_to_a_busy_loop_allocates_nothing()
    {
        await using IoLoop loop = LoopFactory.Start("epoll");
        var item = new DelegateItem(() => { });
        long before = 0;
        long after = 0;

        await loop.InvokeAsync(() =>
        {
            loop.Post(item);
            item = new DelegateItem(() => { });
            before = GC.GetAllocatedBytesForCurrentThread();
            loop.Post(item);
            after = GC.GetAllocatedBytesForCurrentThread();
        }).WaitAsync(LoopFactory.Limit);

        Assert.Equal(0, after - before);
    }

    [Theory]
    [InlineData(0, 50)]
    [InlineData(32769, 50)]
    [InlineData(64, -1)]
    public void Options_out_of_range_are_refused(int queueEntries, int spinMicroseconds)
    {
        var options = new IoLoopOptions
        {
            Name = "bad",
            QueueEntries = queueEntries,
            MaximumSpin = TimeSpan.FromMicroseconds(spinMicroseconds),
        };

        Assert.Throws<ArgumentOutOfRangeException>(() => IoLoop.Start(options, NullLogger.Instance));
    }
}

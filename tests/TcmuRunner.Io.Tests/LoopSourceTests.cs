// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io.Tests;

public sealed class LoopSourceTests
{
    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task A_ready_descriptor_reaches_its_source_every_time(string mechanism)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism, TimeSpan.Zero);
        using var source = new EventSource();
        await loop.AddAsync(source).WaitAsync(LoopFactory.Limit);

        for (int round = 0; round < 5_000; round++)
        {
            source.Signal();
            Assert.True(await source.Ended.WaitAsync(LoopFactory.Limit), $"The event of round {round} was lost.");
        }

        await loop.RemoveAsync(source).WaitAsync(LoopFactory.Limit);
        Assert.Equal(["OnReady", "EndBatch"], source.Calls.Take(2));
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task Many_sources_are_served_at_a_time_on_a_small_ring(string mechanism)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism, queueEntries: 4);
        EventSource[] sources = [.. Enumerable.Range(0, 50).Select(_ => new EventSource())];
        foreach (EventSource source in sources)
        {
            await loop.AddAsync(source).WaitAsync(LoopFactory.Limit);
        }

        foreach (EventSource source in sources)
        {
            source.Signal();
        }

        foreach (EventSource source in sources)
        {
            Assert.True(await source.Ended.WaitAsync(LoopFactory.Limit));
            await loop.RemoveAsync(source).WaitAsync(LoopFactory.Limit);
            source.Dispose();
        }
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task A_new_source_is_polled_without_an_event(string mechanism)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism);
        using var source = new EventSource { Hidden = 1 };

        await loop.AddAsync(source).WaitAsync(LoopFactory.Limit);

        Assert.True(await source.Ended.WaitAsync(LoopFactory.Limit));
        await loop.RemoveAsync(source).WaitAsync(LoopFactory.Limit);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task A_removed_source_is_called_no_more_and_its_descriptor_is_free(string mechanism)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism, TimeSpan.Zero);
        using var source = new EventSource();
        await loop.AddAsync(source).WaitAsync(LoopFactory.Limit);
        source.Signal();
        Assert.True(await source.Ended.WaitAsync(LoopFactory.Limit));

        await loop.RemoveAsync(source).WaitAsync(LoopFactory.Limit);
        await loop.RemoveAsync(source).WaitAsync(LoopFactory.Limit);
        int polls = source.Polls;
        source.Signal();
        await loop.InvokeAsync(() => { }).WaitAsync(LoopFactory.Limit);

        Assert.Equal(polls, source.Polls);
        source.Dispose();
        Assert.True(source.Descriptor.IsClosed);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task A_source_can_be_added_again(string mechanism)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism);
        using var source = new EventSource();

        for (int round = 0; round < 200; round++)
        {
            await loop.AddAsync(source).WaitAsync(LoopFactory.Limit);
            source.Signal();
            Assert.True(await source.Ended.WaitAsync(LoopFactory.Limit));
            await loop.RemoveAsync(source).WaitAsync(LoopFactory.Limit);
        }

        await loop.AddAsync(source).WaitAsync(LoopFactory.Limit);
        await Assert.ThrowsAsync<InvalidOperationException>(() => loop.AddAsync(source).WaitAsync(LoopFactory.Limit));
    }

    [Theory]
    [InlineData("io_uring", "Poll")]
    [InlineData("io_uring", "OnReady")]
    [InlineData("io_uring", "EndBatch")]
    [InlineData("io_uring", "OnDeadline")]
    [InlineData("epoll", "Poll")]
    [InlineData("epoll", "OnReady")]
    [InlineData("epoll", "EndBatch")]
    [InlineData("epoll", "OnDeadline")]
    public async Task A_source_that_throws_is_removed_and_told(string mechanism, string member)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism);
        using var good = new EventSource();
        using var bad = new EventSource();
        await loop.AddAsync(bad).WaitAsync(LoopFactory.Limit);
        await loop.AddAsync(good).WaitAsync(LoopFactory.Limit);

        await loop.InvokeAsync(() =>
        {
            bad.Throws = member;
            if (member == nameof(EventSource.OnDeadline))
            {
                bad.SetDeadline(TimeSpan.Zero);
            }
        }).WaitAsync(LoopFactory.Limit);
        bad.Signal();
        Exception failure = await bad.Failure.Task.WaitAsync(LoopFactory.Limit);
        good.Signal();

        Assert.Equal(member, failure.Message);
        Assert.True(await good.Ended.WaitAsync(LoopFactory.Limit));
        await loop.RemoveAsync(bad).WaitAsync(LoopFactory.Limit);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task A_deadline_wakes_a_sleeping_loop_once(string mechanism)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism);
        using var source = new EventSource();
        await loop.AddAsync(source).WaitAsync(LoopFactory.Limit);
        long before = Environment.TickCount64;

        await loop.InvokeAsync(() => source.SetDeadline(TimeSpan.FromMilliseconds(30))).WaitAsync(LoopFactory.Limit);
        Assert.True(await source.DeadlinePassed.WaitAsync(LoopFactory.Limit));

        Assert.True(Environment.TickCount64 - before >= 30);
        await loop.RemoveAsync(source).WaitAsync(LoopFactory.Limit);
        Assert.Equal(long.MaxValue, source.DeadlineMilliseconds);
        Assert.Equal(0, source.DeadlinePassed.CurrentCount);
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    public async Task An_idle_loop_neither_turns_nor_spins(string mechanism)
    {
        await using IoLoop loop = LoopFactory.Start(mechanism, TimeSpan.FromMilliseconds(1));
        var counters = ((LoopCore)loop).Counters;
        using var source = new EventSource();
        await loop.AddAsync(source).WaitAsync(LoopFactory.Limit);

        // Two deadlines: between them the loop has nothing at all to do for a fifth of a second.
        await loop.InvokeAsync(() => source.SetDeadline(TimeSpan.FromMilliseconds(20))).WaitAsync(LoopFactory.Limit);
        Assert.True(await source.DeadlinePassed.WaitAsync(LoopFactory.Limit));
        await loop.InvokeAsync(() => source.SetDeadline(TimeSpan.FromMilliseconds(200))).WaitAsync(LoopFactory.Limit);
        long turns = counters.Turns;
        long spins = counters.Spins;
        long sleeps = counters.Sleeps;
        Assert.True(await source.DeadlinePassed.WaitAsync(LoopFactory.Limit));

        // The turn of the second invocation may end in a spin; the deadline's own turn comes after the wait. A few sleeps more than one are
        // the coarse clock's rounding.
        Assert.InRange(counters.Turns - turns, 0, 1);
        Assert.InRange(counters.Spins - spins, 0, 2);
        Assert.InRange(counters.Sleeps - sleeps, 0, 20);
    }

    [Fact]
    public async Task A_descriptor_that_cannot_be_waited_for_is_refused()
    {
        await using IoLoop loop = LoopFactory.Start("epoll");
        using var source = new EventSource();
        source.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => loop.AddAsync(source).WaitAsync(LoopFactory.Limit));
    }
}

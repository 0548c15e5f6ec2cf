// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;

namespace TcmuRunner.Abstractions.Tests;

public sealed class IoCompletionTests
{
    [Fact]
    public async Task The_caller_gets_the_status_that_another_thread_completes_with()
    {
        var completion = new IoCompletion();
        ValueTask<IoStatus> operation = completion.Start();
        Assert.False(operation.IsCompleted);

        var thread = new Thread(() => completion.Complete(IoOutcome.ReadError));
        thread.Start();

        Assert.Equal(IoOutcome.ReadError, (await operation).Outcome);
        thread.Join();
    }

    [Fact]
    public void Completing_twice_is_refused()
    {
        var completion = new IoCompletion();
        ValueTask<IoStatus> operation = completion.Start();
        completion.Complete(IoStatus.Good);

        Assert.Throws<InvalidOperationException>(() => completion.Complete(IoStatus.Good));
        Assert.True(operation.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task The_result_of_an_earlier_operation_cannot_be_taken_for_the_next_one()
    {
        var completion = new IoCompletion();
        ValueTask<IoStatus> first = completion.Start();
        completion.Complete(IoStatus.Good);
        ValueTask<IoStatus> second = completion.Start();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await first);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task It_is_told_that_it_may_be_used_again_once_the_result_is_taken()
    {
        var completion = new CountingCompletion();
        ValueTask<IoStatus> operation = completion.Start();
        completion.Complete(IoStatus.Good);
        Assert.Equal(0, completion.Consumed);

        Assert.True((await operation).IsGood);

        Assert.Equal(1, completion.Consumed);
    }

    [Fact]
    public void Reusing_it_allocates_nothing()
    {
        var completion = new CountingCompletion();
        Action continuation = completion.Continue;
        Use(completion, continuation);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1000; round++)
        {
            Use(completion, continuation);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1001, completion.Continued);
    }

    private static void Use(CountingCompletion completion, Action continuation)
    {
#pragma warning disable CA2012 // Taken once, in Continue; an async method would allocate what is counted here.
        ValueTask<IoStatus> operation = completion.Start();
        completion.Awaiter = operation.GetAwaiter();
#pragma warning restore CA2012
        completion.Awaiter.UnsafeOnCompleted(continuation);
        completion.Complete(IoStatus.Good);
    }

    private sealed class CountingCompletion : IoCompletion
    {
        public ValueTaskAwaiter<IoStatus> Awaiter { get; set; }

        public int Consumed { get; private set; }

        public int Continued { get; private set; }

        public void Continue() => Continued += Awaiter.GetResult().IsGood ? 1 : 0;

        protected override void OnConsumed() => Consumed++;
    }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions.Tests;

/// <summary>The stack of free operations.</summary>
public sealed class NativeOperationPoolTests
{
    [Fact]
    public void What_is_given_back_is_used_again()
    {
        using var pool = new NativeOperationPool<Operation>(static () => new Operation());
        Operation first = pool.Rent();
        Operation second = pool.Rent();

        first.Release();
        second.Release();

        Assert.Same(second, pool.Rent());
        Assert.Same(first, pool.Rent());
    }

    [Fact]
    public async Task No_operation_is_given_to_two_at_a_time()
    {
        const int Threads = 4;
        const int Rounds = 50_000;
        using var pool = new NativeOperationPool<Operation>(static () => new Operation());
        int[] holders = new int[1 << 16];
        int collisions = 0;

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                Operation one = Take();
                Operation other = Take();
                Give(one);
                Give(other);
            }
        })));

        Assert.Equal(0, collisions);
        Assert.InRange(pool.Rent().Index, 0, 2 * Threads);

        Operation Take()
        {
            Operation operation = pool.Rent();
            if (Interlocked.Increment(ref holders[operation.Index]) != 1)
            {
                Interlocked.Increment(ref collisions);
            }

            return operation;
        }

        void Give(Operation operation)
        {
            Interlocked.Decrement(ref holders[operation.Index]);
            operation.Release();
        }
    }

    [Fact]
    public async Task A_call_back_finds_its_operation_and_the_pool_gets_it_back_with_the_result()
    {
        using var pool = new NativeOperationPool<Operation>(static () => new Operation());
        Operation operation = pool.Rent();
        ValueTask<IoStatus> pending = operation.Start();

        CallBack(Argument(operation));
        Operation other = pool.Rent();
        IoStatus status = await pending;

        Assert.True(status.IsGood);
        Assert.NotSame(operation, other);
        Assert.Same(operation, pool.Rent());
        Assert.Equal(1, operation.ReleaseCount);

        static unsafe nint Argument(Operation operation) => (nint)operation.Argument;

        static unsafe void CallBack(nint argument) => NativeOperation.FromArgument<Operation>((void*)argument).Complete(IoStatus.Good);
    }

    [Fact]
    public void Every_operation_is_freed_once_with_the_pool()
    {
        var pool = new NativeOperationPool<Operation>(static () => new Operation());
        Operation[] operations = [pool.Rent(), pool.Rent()];
        operations[0].Release();

        pool.Dispose();
        pool.Dispose();

        Assert.All(operations, operation => Assert.Equal(1, operation.FreeCount));
    }

    private sealed class Operation : NativeOperation
    {
        public int FreeCount { get; private set; }

        public int ReleaseCount { get; private set; }

        protected override void OnReleasing() => ReleaseCount++;

        protected override void Free() => FreeCount++;
    }
}

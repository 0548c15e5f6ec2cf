// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Rbd.Tests;

/// <summary>The stack of free operations.</summary>
public sealed class OperationPoolTests
{
    [Fact]
    public void What_is_given_back_is_used_again()
    {
        var pool = new OperationPool();
        RbdOperation first = pool.Rent();
        RbdOperation second = pool.Rent();

        pool.Return(first);
        pool.Return(second);

        Assert.Same(second, pool.Rent());
        Assert.Same(first, pool.Rent());
        pool.Free();
    }

    [Fact]
    public async Task No_operation_is_given_to_two_at_a_time()
    {
        const int Threads = 4;
        const int Rounds = 50_000;
        var pool = new OperationPool();
        int[] holders = new int[1 << 16];
        int collisions = 0;

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                RbdOperation one = Take();
                RbdOperation other = Take();
                Give(one);
                Give(other);
            }
        })));

        Assert.Equal(0, collisions);
        Assert.InRange(pool.Rent().Index, 0, 2 * Threads);
        pool.Free();

        RbdOperation Take()
        {
            RbdOperation operation = pool.Rent();
            if (Interlocked.Increment(ref holders[operation.Index]) != 1)
            {
                Interlocked.Increment(ref collisions);
            }

            return operation;
        }

        void Give(RbdOperation operation)
        {
            Interlocked.Decrement(ref holders[operation.Index]);
            pool.Return(operation);
        }
    }
}

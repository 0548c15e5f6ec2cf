// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>
/// The operations of one device that are free: a lock-free stack, because loops take from it and the library's threads give back. It grows to
/// as many as are in flight at a time and never shrinks.
/// </summary>
/// <typeparam name="T">The operation of one native library.</typeparam>
/// <param name="create">Makes an operation. Called under a lock, on the thread that rents.</param>
public sealed class NativeOperationPool<T>(Func<T> create) : INativeOperationPool, IDisposable
    where T : NativeOperation
{
    private const int None = -1;
    private readonly Lock _growing = new();

    // Grows by replacement; an operation keeps its place for ever.
    private volatile T[] _all = [];
    private int _count;

    // The place of the topmost free operation in the low half, and in the high half a number that changes with every exchange: without it a
    // thread that was held up between reading a top and replacing it would not notice that the same top has another one beneath it by now.
    private long _top = Pack(None, 0);

    /// <summary>Takes a free operation, or makes one. Thread safe. It comes back by itself when its result has been taken.</summary>
    public T Rent()
    {
        while (true)
        {
            long top = Volatile.Read(ref _top);
            int index = (int)top;
            if (index == None)
            {
                return Grow();
            }

            T operation = _all[index];
            if (Interlocked.CompareExchange(ref _top, Pack(operation.NextFree, top), top) == top)
            {
                return operation;
            }
        }
    }

    /// <summary>Frees every operation; none of them runs any more. Safe to call twice.</summary>
    public void Dispose()
    {
        for (int index = 0; index < _count; index++)
        {
            _all[index].FreeAll();
        }

        _count = 0;
    }

    void INativeOperationPool.Return(NativeOperation operation)
    {
        while (true)
        {
            long top = Volatile.Read(ref _top);
            operation.NextFree = (int)top;
            if (Interlocked.CompareExchange(ref _top, Pack(operation.Index, top), top) == top)
            {
                return;
            }
        }
    }

    private static long Pack(int index, long previous) => (uint)index | (((previous >> 32) + 1) << 32);

    private T Grow()
    {
        lock (_growing)
        {
            if (_count == _all.Length)
            {
                var larger = new T[Math.Max(64, _all.Length * 2)];
                _all.CopyTo(larger, 0);
                _all = larger;
            }

            T operation = create();
            operation.Index = _count;
            operation.Pool = this;
            _all[_count++] = operation;
            return operation;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Glfs;

/// <summary>The operations of one device that are free: a lock-free stack, because loops take from it and the library's threads give back.</summary>
internal sealed class OperationPool
{
    private const int None = -1;
    private readonly Lock _growing = new();

    // Grows by replacement; an operation keeps its place for ever.
    private volatile GlfsOperation[] _all = [];
    private int _count;

    // The place of the topmost free operation in the low half, and in the high half a number that changes with every exchange: without it a
    // thread that was held up between reading a top and replacing it would not notice that the same top has another one beneath it by now.
    private long _top = Pack(None, 0);

    /// <summary>Takes a free operation, or makes one.</summary>
    public GlfsOperation Rent()
    {
        while (true)
        {
            long top = Volatile.Read(ref _top);
            int index = (int)top;
            if (index == None)
            {
                return Grow();
            }

            GlfsOperation operation = _all[index];
            if (Interlocked.CompareExchange(ref _top, Pack(operation.NextFree, top), top) == top)
            {
                return operation;
            }
        }
    }

    /// <summary>Gives an operation back.</summary>
    public void Return(GlfsOperation operation)
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

    /// <summary>Frees every operation; all of them have been given back.</summary>
    public void Free()
    {
        for (int index = 0; index < _count; index++)
        {
            _all[index].Free();
        }

        _count = 0;
    }

    private static long Pack(int index, long previous) => (uint)index | (((previous >> 32) + 1) << 32);

    private GlfsOperation Grow()
    {
        lock (_growing)
        {
            if (_count == _all.Length)
            {
                var larger = new GlfsOperation[Math.Max(64, _all.Length * 2)];
                _all.CopyTo(larger, 0);
                _all = larger;
            }

            var operation = new GlfsOperation(this, _count);
            _all[_count++] = operation;
            return operation;
        }
    }
}

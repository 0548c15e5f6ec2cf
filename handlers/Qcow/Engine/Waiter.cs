// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Somebody who waits for another operation. Pooled: waiting allocates nothing once the pool is warm. Thread safe.</summary>
internal sealed class Waiter : IoCompletion
{
    private const int MaximumFree = 1024;
    private static readonly Lock s_lock = new();
    private static Waiter? s_free;
    private static int s_freeCount;
    private Waiter? _next;

    private Waiter()
    {
    }

    public static Waiter Rent()
    {
        lock (s_lock)
        {
            if (s_free is { } waiter)
            {
                s_free = waiter._next;
                s_freeCount--;
                waiter._next = null;
                return waiter;
            }
        }

        return new Waiter();
    }

    protected override void OnConsumed()
    {
        lock (s_lock)
        {
            if (s_freeCount < MaximumFree)
            {
                _next = s_free;
                s_free = this;
                s_freeCount++;
            }
        }
    }
}

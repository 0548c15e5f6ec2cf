// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Locks on ranges of guest clusters for operations that change the mapping; in order of arrival where they overlap. Thread safe.</summary>
internal sealed class RangeLocks
{
    private readonly Lock _lock = new();
    private readonly List<(long First, long Last)> _held = [];
    private readonly List<(long First, long Last, Waiter Waiter)> _waiting = [];

    /// <summary>Completes when the range is locked for the caller.</summary>
    public ValueTask<IoStatus> AcquireAsync(long first, long last)
    {
        lock (_lock)
        {
            if (!OverlapsHeld(first, last) && !OverlapsWaiting(first, last, _waiting.Count))
            {
                _held.Add((first, last));
                return new(IoStatus.Good);
            }

            Waiter waiter = Waiter.Rent();
            _waiting.Add((first, last, waiter));
            return waiter.Start();
        }
    }

    /// <summary>Unlocks what <see cref="AcquireAsync"/> locked.</summary>
    public void Release(long first, long last)
    {
        List<Waiter>? granted = null;
        lock (_lock)
        {
            _held.Remove((first, last));
            for (int index = 0; index < _waiting.Count; index++)
            {
                (long waitingFirst, long waitingLast, Waiter waiter) = _waiting[index];
                if (!OverlapsHeld(waitingFirst, waitingLast) && !OverlapsWaiting(waitingFirst, waitingLast, index))
                {
                    _held.Add((waitingFirst, waitingLast));
                    _waiting.RemoveAt(index--);
                    (granted ??= []).Add(waiter);
                }
            }
        }

        foreach (Waiter waiter in granted ?? [])
        {
            waiter.Complete(IoStatus.Good);
        }
    }

    private bool OverlapsHeld(long first, long last)
    {
        foreach ((long heldFirst, long heldLast) in _held)
        {
            if (first <= heldLast && heldFirst <= last)
            {
                return true;
            }
        }

        return false;
    }

    private bool OverlapsWaiting(long first, long last, int count)
    {
        for (int index = 0; index < count; index++)
        {
            if (first <= _waiting[index].Last && _waiting[index].First <= last)
            {
                return true;
            }
        }

        return false;
    }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Ring;

/// <summary>Tasks of a ring that are not in use, last in first out so that warm ones are taken first. One thread.</summary>
/// <param name="ring">The ring that new tasks belong to.</param>
internal sealed class RingTaskPool(CommandRing ring)
{
    /// <summary>More than initiators queue in practice; tasks beyond it, left from a burst, go to the garbage collector.</summary>
    private const int MaximumKept = 4096;

    private RingTask? _first;
    private int _kept;

    /// <summary>Takes a task; allocates when none is left.</summary>
    internal RingTask Take()
    {
        RingTask? task = _first;
        if (task is null)
        {
            return new RingTask(ring);
        }

        _first = task.Next;
        _kept--;
        return task;
    }

    /// <summary>Gives a task back that nobody uses any more.</summary>
    internal void Return(RingTask task)
    {
        if (_kept < MaximumKept)
        {
            task.Next = _first;
            _first = task;
            _kept++;
        }
    }
}

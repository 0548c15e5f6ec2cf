// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Ring;

/// <summary>Tasks in the order in which they were added, linked through themselves. One thread.</summary>
internal struct TaskList
{
    /// <summary>The task added first; null for an empty list.</summary>
    internal RingTask? First { get; private set; }

    private RingTask? _last;

    /// <summary>Adds a task that is in no list.</summary>
    internal void Append(RingTask task)
    {
        task.Previous = _last;
        task.Next = null;
        if (_last is null)
        {
            First = task;
        }
        else
        {
            _last.Next = task;
        }

        _last = task;
    }

    /// <summary>Takes a task out of this list.</summary>
    internal void Remove(RingTask task)
    {
        if (task.Previous is null)
        {
            First = task.Next;
        }
        else
        {
            task.Previous.Next = task.Next;
        }

        if (task.Next is null)
        {
            _last = task.Previous;
        }
        else
        {
            task.Next.Previous = task.Previous;
        }
    }
}

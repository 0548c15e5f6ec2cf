// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Ring;

/// <summary>
/// The entries between the ring's tail and the place we read at, oldest first: our own record of their lengths, so that the tail never
/// moves by a number that shared memory says a second time.
/// </summary>
/// <remarks>Grows to the deepest ring seen; then it allocates nothing. One thread.</remarks>
internal sealed class SlotQueue
{
    private const int InitialCapacity = 256;

    private Slot[] _slots = new Slot[InitialCapacity];
    private uint _first;
    private uint _count;

    /// <summary>Whether there is no slot.</summary>
    internal bool IsEmpty => _count == 0;

    /// <summary>The oldest slot; there must be one.</summary>
    internal ref Slot First => ref _slots[_first & (uint)(_slots.Length - 1)];

    /// <summary>Adds the newest slot.</summary>
    /// <param name="lengthBytes">Length of its entry.</param>
    /// <param name="task">The command in it; null for an entry that takes no response.</param>
    internal void Enqueue(uint lengthBytes, RingTask? task)
    {
        if (_count == _slots.Length)
        {
            Grow();
        }

        ref Slot slot = ref _slots[(_first + _count) & (uint)(_slots.Length - 1)];
        slot.LengthBytes = lengthBytes;
        slot.Task = task;
        _count++;
    }

    /// <summary>Takes the oldest slot out; there must be one.</summary>
    /// <returns>Length of its entry in bytes.</returns>
    internal uint Dequeue()
    {
        ref Slot slot = ref First;
        _first++;
        _count--;
        return slot.LengthBytes;
    }

    private void Grow()
    {
        var larger = new Slot[_slots.Length * 2];
        for (uint index = 0; index < _count; index++)
        {
            larger[index] = _slots[(_first + index) & (uint)(_slots.Length - 1)];
        }

        _slots = larger;
        _first = 0;
    }

    /// <summary>One entry.</summary>
    internal struct Slot
    {
        /// <summary>Length of the entry in bytes.</summary>
        internal uint LengthBytes;

        /// <summary>
        /// The command that came in it; null for an entry that takes no response. Pooled tasks, so a reference left behind keeps nothing
        /// alive.
        /// </summary>
        internal RingTask? Task;
    }
}

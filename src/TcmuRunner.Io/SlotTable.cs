// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io;

/// <summary>Numbers objects with small integers, so that the kernel can carry a number instead of a reference. One thread only.</summary>
/// <remarks>Allocates only to grow beyond the most objects that were in it at a time.</remarks>
internal sealed class SlotTable<T>
    where T : class
{
    private const int InitialCapacity = 64;
    private T?[] _items = new T?[InitialCapacity];
    private int[] _free = new int[InitialCapacity];
    private int _freeCount;
    private int _used;

    /// <summary>The object with a number that <see cref="Add"/> gave.</summary>
    internal T this[int index] => _items[index]!;

    internal int Add(T item)
    {
        int index = _freeCount > 0 ? _free[--_freeCount] : _used++;
        if (index == _items.Length)
        {
            Array.Resize(ref _items, index * 2);
            Array.Resize(ref _free, index * 2);
        }

        _items[index] = item;
        return index;
    }

    internal T Remove(int index)
    {
        T item = _items[index]!;
        _items[index] = null;
        _free[_freeCount++] = index;
        return item;
    }
}

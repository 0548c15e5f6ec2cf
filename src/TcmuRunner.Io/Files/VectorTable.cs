// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

/// <summary>A vector table in memory that the garbage collector neither moves nor leaks, for lists that are not a table themselves.</summary>
internal unsafe struct VectorTable
{
    private IoVector[]? _entries;

    /// <summary>Gives the vectors for the start of a list: its own where it can, else a copy in the table.</summary>
    /// <param name="list">The list; not empty.</param>
    /// <param name="vectors">The first vector; valid until the next call and as long as the list's memory.</param>
    /// <returns>How many; at most IOV_MAX, so that it may be less than the whole list.</returns>
    internal int Describe(ScatterList list, out IoVector* vectors)
    {
        if (list.TryGetVectors(out vectors, out int count))
        {
            return Math.Min(count, Libc.IOV_MAX);
        }

        int room = Math.Min(list.MaximumVectorCount, Libc.IOV_MAX);
        if (_entries is null || _entries.Length < room)
        {
            _entries = GC.AllocateUninitializedArray<IoVector>(Math.Max(room, 16), pinned: true);
        }

        count = 0;
        foreach (Span<byte> segment in list)
        {
            if (count == room)
            {
                break;
            }

            // The bytes are native memory: the address stays what it is.
            nint address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(segment));
            _entries[count++] = new IoVector(address, (nuint)segment.Length);
        }

        vectors = (IoVector*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_entries));
        return count;
    }
}

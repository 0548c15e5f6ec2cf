// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>A vector table in native memory that joins several scatter lists to one, so that they go to the file in one write.</summary>
internal sealed unsafe class VectorTable : IDisposable
{
    private IoVector* _vectors;
    private int _capacity;

    /// <summary>Joins up to three lists; valid until the next call, and as long as the lists are.</summary>
    public ScatterList Join(ScatterList first, ScatterList second, ScatterList third)
    {
        int needed = first.MaximumVectorCount + second.MaximumVectorCount + third.MaximumVectorCount;
        if (needed > _capacity)
        {
            _vectors = (IoVector*)NativeMemory.Realloc(_vectors, (nuint)needed * (nuint)sizeof(IoVector));
            _capacity = needed;
        }

        var table = new Span<IoVector>(_vectors, _capacity);
        int count = Append(first, table, 0);
        count = Append(second, table, count);
        count = Append(third, table, count);
        return new ScatterList(_vectors, count);
    }

    public void Dispose()
    {
        NativeMemory.Free(_vectors);
        _vectors = null;
        _capacity = 0;
    }

    private static int Append(ScatterList list, Span<IoVector> table, int count) => list.IsEmpty ? count : count + list.CopyVectors(table[count..]);
}

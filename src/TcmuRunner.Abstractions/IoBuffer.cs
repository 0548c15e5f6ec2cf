// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Abstractions;

/// <summary>A page-aligned piece of native memory of its own: a bounce buffer that may go to the kernel, also for direct I/O.</summary>
/// <remarks>Dispose it only after every operation on it has completed. Not thread safe; the memory itself may be used from any thread.</remarks>
public sealed unsafe class IoBuffer : IDisposable
{
    private const int Alignment = 4096;
    private IoVector* _vector;
    private byte* _memory;

    /// <summary>Allocates a zeroed buffer.</summary>
    /// <param name="length">Length in bytes; zero is legal.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public IoBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        nuint size = ((nuint)length + Alignment - 1) & ~(nuint)(Alignment - 1);
        // The vector stands behind the data, so that one allocation serves both and the data stays aligned.
        _memory = (byte*)NativeMemory.AlignedAlloc(size + (nuint)sizeof(IoVector), Alignment);
        NativeMemory.Clear(_memory, (nuint)length);
        _vector = (IoVector*)(_memory + size);
        *_vector = new IoVector((nint)_memory, (nuint)length);
    }

    /// <summary>Length in bytes.</summary>
    public int Length { get; }

    /// <summary>The bytes.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory is null, this);
            return new Span<byte>(_memory, Length);
        }
    }

    /// <summary>The same bytes as a scatter list of one vector.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public ScatterList List
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory is null, this);
            return new ScatterList(_vector, 1);
        }
    }

    /// <summary>Frees the memory; safe to call twice.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
        _vector = null;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>A page-aligned buffer of a <see cref="BufferPool"/>.</summary>
internal sealed unsafe class PooledBuffer : IDisposable
{
    private readonly IoBuffer _buffer;

    internal PooledBuffer(int sizeClass)
    {
        SizeClass = sizeClass;
        _buffer = new IoBuffer(1 << sizeClass);
        Address = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(_buffer.Span));
    }

    /// <summary>Binary logarithm of the length.</summary>
    internal int SizeClass { get; }

    /// <summary>The first byte.</summary>
    internal byte* Address { get; }

    internal int Length => _buffer.Length;

    /// <summary>The next free buffer of the same length.</summary>
    internal PooledBuffer? Next { get; set; }

    /// <summary>The first bytes as a scatter list.</summary>
    internal ScatterList List(int lengthBytes) => _buffer.List.Slice(0, lengthBytes);

    public void Dispose() => _buffer.Dispose();
}

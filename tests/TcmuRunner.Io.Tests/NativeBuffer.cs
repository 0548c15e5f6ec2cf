// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Io.Tests;

/// <summary>Native memory cut into pieces of given lengths, at an odd address when asked for.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private readonly byte* _memory;
    private readonly IoVector* _vectors;
    private readonly int _count;
    private readonly int _length;
    private readonly int _shift;

    internal NativeBuffer(int length, int pieceLength = int.MaxValue, int shift = 0)
    {
        _length = length;
        _shift = shift;
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(length + shift + 1), 4096);
        _count = Math.Max(1, (int)(((long)length + pieceLength - 1) / pieceLength));
        _vectors = (IoVector*)NativeMemory.AllocZeroed((nuint)_count, (nuint)sizeof(IoVector));
        for (int index = 0, start = 0; index < _count; index++)
        {
            int piece = Math.Min(pieceLength, length - start);
            _vectors[index] = new IoVector((nint)(_memory + shift + start), (nuint)piece);
            start += piece;
        }

        Bytes.Fill(0xee);
    }

    internal Span<byte> Bytes => new(_memory + _shift, _length);

    internal ScatterList List => new(_vectors, _count);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        NativeMemory.Free(_vectors);
    }

    internal NativeBuffer Fill(int seed)
    {
        new Random(seed).NextBytes(Bytes);
        return this;
    }
}

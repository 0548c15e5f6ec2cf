// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>
/// Native memory in pieces, as a front gives it to a handler, with guard bytes around each piece that show who writes beside it.
/// </summary>
public sealed unsafe class ScatteredMemory : IDisposable
{
    private const int GuardBytes = 16;
    private const byte Guard = 0xA7;
    private readonly int[] _pieces;
    private readonly nuint _arenaBytes;
    private byte* _arena;
    private IoVector* _vectors;

    /// <summary>Allocates zeroed pieces.</summary>
    /// <param name="pieces">Their lengths in bytes; zero is legal.</param>
    public ScatteredMemory(params int[] pieces)
    {
        _pieces = pieces;
        Length = pieces.Sum();
        _arenaBytes = (nuint)(Length + (GuardBytes * (pieces.Length + 1)));
        _arena = (byte*)NativeMemory.Alloc(_arenaBytes);
        _vectors = (IoVector*)NativeMemory.Alloc((nuint)pieces.Length + 1, (nuint)sizeof(IoVector));
        new Span<byte>(_arena, (int)_arenaBytes).Fill(Guard);

        byte* next = _arena + GuardBytes;
        for (int index = 0; index < pieces.Length; index++)
        {
            _vectors[index] = new IoVector((nint)next, (nuint)pieces[index]);
            next += pieces[index] + GuardBytes;
        }

        List.Clear();
    }

    /// <summary>Allocates pieces and fills them.</summary>
    /// <param name="content">What they hold, one after the other; as long as all of them.</param>
    /// <param name="pieces">Their lengths in bytes.</param>
    public ScatteredMemory(ReadOnlySpan<byte> content, params int[] pieces)
        : this(pieces) => List.CopyFrom(content);

    /// <summary>How many bytes the pieces have together.</summary>
    public int Length { get; }

    /// <summary>The pieces.</summary>
    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
    public ScatterList List
    {
        get
        {
            ObjectDisposedException.ThrowIf(_arena is null, this);
            return new ScatterList(_vectors, _pieces.Length);
        }
    }

    /// <summary>Whether every byte beside the pieces is as it was.</summary>
    public bool IsGuardIntact
    {
        get
        {
            byte* next = _arena;
            bool intact = true;
            foreach (int piece in _pieces)
            {
                intact &= IsGuard(next);
                next += GuardBytes + piece;
            }

            return intact && IsGuard(next);
        }
    }

    /// <summary>A copy of all the bytes.</summary>
    public byte[] ToArray()
    {
        byte[] copy = new byte[Length];
        List.CopyTo(copy);
        return copy;
    }

    /// <summary>Cuts a length into pieces of odd sizes, some of them empty.</summary>
    /// <param name="length">How many bytes.</param>
    /// <param name="random">Where to cut.</param>
    public static int[] Cut(int length, Random random)
    {
        var pieces = new List<int>();
        while (length > 0)
        {
            int piece = random.Next(8) == 0 ? 0 : Math.Min(length, 1 + random.Next(Math.Max(1, length)));
            pieces.Add(piece);
            length -= piece;
        }

        return [.. pieces];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_arena);
        NativeMemory.Free(_vectors);
        _arena = null;
        _vectors = null;
    }

    private static bool IsGuard(byte* start) => !new ReadOnlySpan<byte>(start, GuardBytes).ContainsAnyExcept(Guard);
}

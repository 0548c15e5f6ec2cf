// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>
/// A view of bytes that lie in several pieces of native memory: the data of one command, in the kernel's data area or in a connection's
/// buffers. Cheap to copy and to slice; it owns nothing.
/// </summary>
/// <remarks>
/// The memory and the vector table belong to the command that the list came with. Both are valid until that command's operation has
/// completed, on any thread, and must not be touched afterwards: the memory is then given to another command.
/// </remarks>
public readonly unsafe partial struct ScatterList
{
    private readonly IoVector* _vectors;
    private readonly int _count;
    private readonly nuint _skip;

    /// <summary>Views all the bytes of a vector table.</summary>
    /// <param name="vectors">The table, in memory that the garbage collector does not move.</param>
    /// <param name="count">How many vectors it has.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public ScatterList(IoVector* vectors, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        long length = 0;
        for (int index = 0; index < count; index++)
        {
            length += (long)vectors[index].Length;
        }

        _vectors = vectors;
        _count = count;
        _skip = 0;
        Length = length;
    }

    private ScatterList(IoVector* vectors, int count, nuint skip, long length)
    {
        _vectors = vectors;
        _count = count;
        _skip = skip;
        Length = length;
    }

    /// <summary>How many bytes the list views.</summary>
    public long Length { get; }

    /// <summary>Whether the list views no byte.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>At most this many vectors describe the list: how large a table for <see cref="CopyVectors"/> must be.</summary>
    public int MaximumVectorCount => _count;

    /// <summary>Views a part of the same bytes.</summary>
    /// <param name="offset">First byte, from the start of this list.</param>
    /// <param name="length">How many bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside the list.</exception>
    public ScatterList Slice(long offset, long length)
    {
        if ((ulong)offset > (ulong)Length || (ulong)length > (ulong)(Length - offset))
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"The part {offset}+{length} is not inside a list of {Length} bytes.");
        }

        IoVector* vectors = _vectors;
        int count = _count;
        nuint skip = _skip + (nuint)offset;
        while (count > 0 && skip >= vectors->Length)
        {
            skip -= vectors->Length;
            vectors++;
            count--;
        }

        return new ScatterList(vectors, count, skip, length);
    }

    /// <summary>Views the bytes from <paramref name="offset"/> to the end.</summary>
    /// <param name="offset">First byte, from the start of this list.</param>
    /// <exception cref="ArgumentOutOfRangeException">The offset is not inside the list.</exception>
    public ScatterList Slice(long offset) => Slice(offset, Length - offset);

    /// <summary>Gives the vector table itself when the list views exactly whole vectors, so that a system call can take it without a copy.</summary>
    /// <param name="vectors">The first vector.</param>
    /// <param name="count">How many vectors.</param>
    /// <returns>False when the list starts or ends inside a vector: use <see cref="CopyVectors"/>.</returns>
    public bool TryGetVectors(out IoVector* vectors, out int count)
    {
        vectors = _vectors;
        count = 0;
        if (_skip != 0)
        {
            return false;
        }

        long rest = Length;
        while (rest > 0)
        {
            rest -= (long)_vectors[count++].Length;
        }

        return rest == 0;
    }

    /// <summary>Writes the vectors that describe exactly this list, leaving out empty ones.</summary>
    /// <param name="destination">Room for <see cref="MaximumVectorCount"/> vectors.</param>
    /// <returns>How many were written.</returns>
    /// <exception cref="ArgumentException">There is not enough room.</exception>
    public int CopyVectors(Span<IoVector> destination)
    {
        int written = 0;
        foreach (Span<byte> segment in this)
        {
            if (written == destination.Length)
            {
                throw new ArgumentException("The vector table is too small.", nameof(destination));
            }

            fixed (byte* start = segment)
            {
                destination[written++] = new IoVector((nint)start, (nuint)segment.Length);
            }
        }

        return written;
    }

    /// <summary>Enumerates the pieces in order; a piece is never empty and never longer than 1 GiB.</summary>
    public Enumerator GetEnumerator() => new(_vectors, _skip, Length);

    /// <summary>Walks the pieces of a <see cref="ScatterList"/>.</summary>
    public ref struct Enumerator
    {
        private const long MaximumSegment = 1 << 30;
        private IoVector* _vector;
        private nuint _position;
        private long _rest;
        private byte* _current;
        private int _currentLength;

        internal Enumerator(IoVector* vector, nuint skip, long length)
        {
            _vector = vector;
            _position = skip;
            _rest = length;
        }

        /// <summary>The piece the enumerator stands on.</summary>
        public readonly Span<byte> Current => new(_current, _currentLength);

        /// <summary>Goes to the next piece.</summary>
        /// <returns>False after the last one.</returns>
        public bool MoveNext()
        {
            if (_rest == 0)
            {
                return false;
            }

            while (_position == _vector->Length)
            {
                _vector++;
                _position = 0;
            }

            _current = (byte*)_vector->Base + _position;
            long available = (long)(_vector->Length - _position);
            _currentLength = (int)Math.Min(Math.Min(available, _rest), MaximumSegment);
            _position += (nuint)_currentLength;
            _rest -= _currentLength;
            return true;
        }
    }
}

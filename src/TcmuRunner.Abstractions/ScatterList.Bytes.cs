// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

public readonly partial struct ScatterList
{
    /// <summary>Copies the first bytes of the list out.</summary>
    /// <param name="destination">Where to; as many bytes as fit, or as the list has.</param>
    /// <returns>How many bytes were copied.</returns>
    public int CopyTo(Span<byte> destination)
    {
        int copied = 0;
        foreach (Span<byte> segment in this)
        {
            if (copied == destination.Length)
            {
                break;
            }

            int length = Math.Min(segment.Length, destination.Length - copied);
            segment[..length].CopyTo(destination[copied..]);
            copied += length;
        }

        return copied;
    }

    /// <summary>Copies bytes into the start of the list.</summary>
    /// <param name="source">The bytes; as many as fit are copied.</param>
    /// <returns>How many bytes were copied.</returns>
    public int CopyFrom(ReadOnlySpan<byte> source)
    {
        int copied = 0;
        foreach (Span<byte> segment in this)
        {
            if (copied == source.Length)
            {
                break;
            }

            int length = Math.Min(segment.Length, source.Length - copied);
            source.Slice(copied, length).CopyTo(segment);
            copied += length;
        }

        return copied;
    }

    /// <summary>Sets every byte of the list to zero.</summary>
    public void Clear()
    {
        foreach (Span<byte> segment in this)
        {
            segment.Clear();
        }
    }

    /// <summary>Whether every byte of the list is zero; true for an empty list.</summary>
    public bool IsZero()
    {
        foreach (Span<byte> segment in this)
        {
            if (segment.ContainsAnyExcept((byte)0))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Finds the first byte in which the list and <paramref name="other"/> differ.</summary>
    /// <param name="other">The bytes to compare with; bytes beyond the shorter of the two are not compared.</param>
    /// <returns>The offset of that byte, or -1 where none differs.</returns>
    public long IndexOfDifference(ReadOnlySpan<byte> other)
    {
        int position = 0;
        foreach (Span<byte> segment in this)
        {
            int length = Math.Min(segment.Length, other.Length - position);
            int common = segment[..length].CommonPrefixLength(other.Slice(position, length));
            if (common < length)
            {
                return position + common;
            }

            position += length;
            if (position == other.Length)
            {
                break;
            }
        }

        return -1;
    }
}

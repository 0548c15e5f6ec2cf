// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>Reference counts in a refcount block (qcow2 spec, Host cluster management): 1 to 64 bits wide, big-endian; several in a byte start at its low end.</summary>
internal static class Refcounts
{
    private const int ByteOrder = 3;

    /// <summary>Reads a count.</summary>
    /// <param name="block">The block.</param>
    /// <param name="order">log2 of the width in bits.</param>
    /// <param name="index">Which count.</param>
    public static ulong Read(ReadOnlySpan<byte> block, int order, long index)
    {
        int position = (int)(index << order >> ByteOrder);
        switch (order)
        {
            case 3:
                return block[position];
            case 4:
                return BinaryPrimitives.ReadUInt16BigEndian(block[position..]);
            case 5:
                return BinaryPrimitives.ReadUInt32BigEndian(block[position..]);
            case 6:
                return BinaryPrimitives.ReadUInt64BigEndian(block[position..]);
            default:
                (int shift, int mask) = Bits(order, index);
                return (ulong)((block[position] >> shift) & mask);
        }
    }

    /// <summary>Writes a count, which must fit.</summary>
    public static void Write(Span<byte> block, int order, long index, ulong value)
    {
        int position = (int)(index << order >> ByteOrder);
        switch (order)
        {
            case 3:
                block[position] = (byte)value;
                break;
            case 4:
                BinaryPrimitives.WriteUInt16BigEndian(block[position..], (ushort)value);
                break;
            case 5:
                BinaryPrimitives.WriteUInt32BigEndian(block[position..], (uint)value);
                break;
            case 6:
                BinaryPrimitives.WriteUInt64BigEndian(block[position..], value);
                break;
            default:
                (int shift, int mask) = Bits(order, index);
                block[position] = (byte)((block[position] & ~(mask << shift)) | ((int)value << shift));
                break;
        }
    }

    /// <summary>The first count of zero in [<paramref name="from"/>, <paramref name="to"/>), or -1.</summary>
    public static long IndexOfZero(ReadOnlySpan<byte> block, int order, long from, long to)
    {
        // Zero is zero in either byte order, so whole counts can be searched as integers.
        int start = (int)from;
        int count = (int)(to - from);
        int found;
        switch (order)
        {
            case 3:
                found = block.Slice(start, count).IndexOf((byte)0);
                break;
            case 4:
                found = MemoryMarshal.Cast<byte, ushort>(block).Slice(start, count).IndexOf((ushort)0);
                break;
            case 5:
                found = MemoryMarshal.Cast<byte, uint>(block).Slice(start, count).IndexOf(0u);
                break;
            case 6:
                found = MemoryMarshal.Cast<byte, ulong>(block).Slice(start, count).IndexOf(0ul);
                break;
            default:
                for (long index = from; index < to; index++)
                {
                    if (Read(block, order, index) == 0)
                    {
                        return index;
                    }
                }

                return -1;
        }

        return found < 0 ? -1 : from + found;
    }

    private static (int Shift, int Mask) Bits(int order, long index)
    {
        int width = 1 << order;
        return ((int)((index << order) & 7), (1 << width) - 1);
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Scsi;

/// <summary>The parameter list of UNMAP (SBC-4 UNMAP): untrusted.</summary>
internal readonly ref struct UnmapParameterList
{
    /// <summary>Length of the header in bytes.</summary>
    public const int HeaderLength = 8;

    /// <summary>Length of a descriptor in bytes.</summary>
    public const int DescriptorLength = 16;

    private readonly ReadOnlySpan<byte> _descriptors;

    /// <summary>Views a list.</summary>
    /// <param name="list">At least <see cref="HeaderLength"/> bytes.</param>
    public UnmapParameterList(ReadOnlySpan<byte> list)
    {
        // A length that reaches beyond the list ends with it, and a part of a descriptor is none.
        int announced = BinaryPrimitives.ReadUInt16BigEndian(list[2..]);
        int length = Math.Min(announced, list.Length - HeaderLength);
        Count = length / DescriptorLength;
        _descriptors = list.Slice(HeaderLength, Count * DescriptorLength);
    }

    /// <summary>How many descriptors there are.</summary>
    public int Count { get; }

    /// <summary>A descriptor's range.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public BlockRange this[int index]
    {
        get
        {
            ReadOnlySpan<byte> descriptor = _descriptors.Slice(index * DescriptorLength, DescriptorLength);
            return new(BinaryPrimitives.ReadUInt64BigEndian(descriptor), BinaryPrimitives.ReadUInt32BigEndian(descriptor[8..]));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Scsi;

/// <summary>A segment descriptor block device to block device, type 02h (SPC-4 6.4.6.4): untrusted.</summary>
/// <param name="SourceIndex">Which target descriptor names the source.</param>
/// <param name="DestinationIndex">Which target descriptor names the destination.</param>
/// <param name="Count">How many blocks.</param>
/// <param name="SourceAddress">First block of the source.</param>
/// <param name="DestinationAddress">First block of the destination.</param>
internal readonly record struct CopySegment(ushort SourceIndex, ushort DestinationIndex, ushort Count, ulong SourceAddress, ulong DestinationAddress)
{
    /// <summary>Length of a descriptor in bytes.</summary>
    public const int Length = 28;

    public const byte DescriptorType = 0x02;

    /// <summary>Reads a descriptor.</summary>
    /// <param name="descriptor">Its 28 bytes.</param>
    /// <param name="segment">The segment.</param>
    /// <returns>What is wrong with it, or <see cref="AdditionalSenseCode.None"/>.</returns>
    public static AdditionalSenseCode Parse(ReadOnlySpan<byte> descriptor, out CopySegment segment)
    {
        segment = default;
        if (descriptor[0] != DescriptorType)
        {
            return AdditionalSenseCode.UnsupportedSegmentDescriptorTypeCode;
        }

        if (BinaryPrimitives.ReadUInt16BigEndian(descriptor[2..]) != Length - 4)
        {
            return AdditionalSenseCode.InvalidFieldInParameterList;
        }

        segment = new CopySegment(
            BinaryPrimitives.ReadUInt16BigEndian(descriptor[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(descriptor[6..]),
            BinaryPrimitives.ReadUInt16BigEndian(descriptor[10..]),
            BinaryPrimitives.ReadUInt64BigEndian(descriptor[12..]),
            BinaryPrimitives.ReadUInt64BigEndian(descriptor[20..]));
        return AdditionalSenseCode.None;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Scsi;

/// <summary>The mode parameter header and block descriptors of a MODE SELECT (SPC-5 7.5.5): untrusted.</summary>
internal readonly ref struct ModeParameterList
{
    private const int ShortHeader = 4;
    private const int LongHeader = 8;
    private readonly ReadOnlySpan<byte> _list;

    private ModeParameterList(ReadOnlySpan<byte> list, int headerLength, int descriptorLength)
    {
        _list = list;
        Descriptors = list.Slice(headerLength, descriptorLength);
        Pages = list[(headerLength + descriptorLength)..];
        HasLongDescriptors = headerLength == LongHeader && (list[4] & 0x01) != 0;
    }

    /// <summary>The block descriptors.</summary>
    public ReadOnlySpan<byte> Descriptors { get; }

    /// <summary>Whether a descriptor has 16 bytes instead of 8 (LONGLBA).</summary>
    public bool HasLongDescriptors { get; }

    /// <summary>The mode pages.</summary>
    public ReadOnlySpan<byte> Pages { get; }

    /// <summary>Length of the whole list in bytes.</summary>
    public int Length => _list.Length;

    /// <summary>Splits a list.</summary>
    /// <param name="list">As many bytes as PARAMETER LIST LENGTH says.</param>
    /// <param name="isLong">Whether it comes with MODE SELECT(10).</param>
    /// <param name="parsed">The parts.</param>
    /// <returns>False where it ends inside the header or the block descriptors.</returns>
    public static bool TryParse(ReadOnlySpan<byte> list, bool isLong, out ModeParameterList parsed)
    {
        parsed = default;
        int headerLength = isLong ? LongHeader : ShortHeader;
        if (list.Length < headerLength)
        {
            return false;
        }

        int descriptorLength = isLong ? BinaryPrimitives.ReadUInt16BigEndian(list[6..]) : list[3];
        if (list.Length - headerLength < descriptorLength)
        {
            return false;
        }

        parsed = new ModeParameterList(list, headerLength, descriptorLength);
        return true;
    }
}

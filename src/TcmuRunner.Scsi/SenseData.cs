// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Scsi;

/// <summary>Builds sense data (SPC-5 4.4).</summary>
internal static class SenseData
{
    /// <summary>Length of the fixed format without additional bytes.</summary>
    public const int FixedLength = 18;

    /// <summary>Length of the descriptor format without a descriptor.</summary>
    public const int DescriptorLength = 8;

    private const byte FixedCurrent = 0x70;
    private const byte DescriptorCurrent = 0x72;
    private const byte InformationValid = 0x80;

    /// <summary>Writes fixed-format sense data of the current command (SPC-5 4.4.3) and clears the rest of the buffer.</summary>
    /// <param name="destination">At least <see cref="FixedLength"/> bytes.</param>
    /// <param name="senseKey">The sense key.</param>
    /// <param name="code">ASC and ASCQ.</param>
    /// <param name="information">INFORMATION; left invalid where it does not fit 32 bits, as the format demands.</param>
    public static void WriteFixed(Span<byte> destination, SenseKey senseKey, AdditionalSenseCode code, long? information)
    {
        destination.Clear();
        destination[0] = FixedCurrent;
        if (information is >= 0 and <= uint.MaxValue)
        {
            destination[0] |= InformationValid;
            BinaryPrimitives.WriteUInt32BigEndian(destination[3..], (uint)information.Value);
        }

        destination[2] = (byte)senseKey;
        destination[7] = FixedLength - 8;
        BinaryPrimitives.WriteUInt16BigEndian(destination[12..], (ushort)code);
    }

    /// <summary>Points fixed-format sense data to a wrong byte of the CDB (SPC-5 4.4.2.4.2).</summary>
    /// <param name="sense">What <see cref="WriteFixed"/> wrote.</param>
    /// <param name="offset">The byte.</param>
    public static void SetFieldPointer(Span<byte> sense, ushort offset)
    {
        const byte senseKeySpecificValid = 0x80;
        const byte isInCdb = 0x40;
        sense[15] = senseKeySpecificValid | isInCdb;
        BinaryPrimitives.WriteUInt16BigEndian(sense[16..], offset);
    }

    /// <summary>Puts a progress indication into fixed-format sense data (SPC-5 4.4.2.4.4).</summary>
    /// <param name="sense">What <see cref="WriteFixed"/> wrote.</param>
    /// <param name="progress">How far it is, in 65536ths.</param>
    public static void SetProgress(Span<byte> sense, ushort progress)
    {
        const byte senseKeySpecificValid = 0x80;
        sense[15] = senseKeySpecificValid;
        BinaryPrimitives.WriteUInt16BigEndian(sense[16..], progress);
    }

    /// <summary>Writes descriptor-format sense data without descriptors (SPC-5 4.4.2).</summary>
    /// <param name="destination">At least <see cref="DescriptorLength"/> bytes.</param>
    /// <param name="senseKey">The sense key.</param>
    /// <param name="code">ASC and ASCQ.</param>
    public static void WriteDescriptor(Span<byte> destination, SenseKey senseKey, AdditionalSenseCode code)
    {
        destination[..DescriptorLength].Clear();
        destination[0] = DescriptorCurrent;
        destination[1] = (byte)senseKey;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)code);
    }
}

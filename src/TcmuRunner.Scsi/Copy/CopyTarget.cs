// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Scsi;

/// <summary>An Identification Descriptor target descriptor, type E4h (SPC-4 6.4.5.2), which names a logical unit: untrusted.</summary>
/// <param name="Designator">The logical unit's NAA identifier.</param>
/// <param name="IsNull">NUL: it stands for no unit.</param>
/// <param name="BlockSizeBytes">DISK BLOCK LENGTH.</param>
internal sealed record CopyTarget(byte[] Designator, bool IsNull, uint BlockSizeBytes)
{
    /// <summary>Length of a descriptor in bytes.</summary>
    public const int Length = 32;

    public const byte DescriptorType = 0xE4;

    /// <summary>Reads a descriptor.</summary>
    /// <param name="descriptor">Its 32 bytes.</param>
    /// <param name="target">The target.</param>
    /// <returns>What is wrong with it, or <see cref="AdditionalSenseCode.None"/>.</returns>
    public static AdditionalSenseCode Parse(ReadOnlySpan<byte> descriptor, out CopyTarget? target)
    {
        const byte nullBit = 0x20;
        const byte binaryCodeSet = 0x01;
        const byte naaOfLogicalUnit = 0x03;
        target = null;
        if (descriptor[0] != DescriptorType)
        {
            return AdditionalSenseCode.UnsupportedTargetDescriptorTypeCode;
        }

        // A block device, named by its NAA IEEE Registered Extended identifier. LU ID TYPE is obsolete.
        bool isDisk = (descriptor[1] & 0x1F) == 0;
        bool isNaa = (descriptor[4] & 0x0F) == binaryCodeSet && (descriptor[5] & 0x3F) == naaOfLogicalUnit && descriptor[7] == UnitIdentity.NaaLength;
        if (!isDisk || !isNaa)
        {
            return AdditionalSenseCode.InvalidFieldInParameterList;
        }

        uint blockSize = BinaryPrimitives.ReadUInt32BigEndian(descriptor[28..]) & 0xFFFFFF;
        target = new CopyTarget(descriptor.Slice(8, UnitIdentity.NaaLength).ToArray(), (descriptor[1] & nullBit) != 0, blockSize);
        return AdditionalSenseCode.None;
    }
}

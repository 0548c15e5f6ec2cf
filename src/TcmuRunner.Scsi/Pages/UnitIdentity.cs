// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>Names of the product and of the unit, the same as the Linux target makes from the same serial number.</summary>
internal static class UnitIdentity
{
    public const string Vendor = "LIO-ORG ";
    public const string Product = "TCMU device     ";
    public const string Revision = "0002";

    /// <summary>Length of an NAA IEEE Registered Extended identifier.</summary>
    public const int NaaLength = 16;

    /// <summary>
    /// Writes the NAA identifier (SPC-5 7.7.6.6.6): NAA 6, the IEEE company id 001405h, then the hexadecimal digits of the serial number, one per
    /// nibble, from the low nibble of byte 3 on. Multipath relies on it: the kernel derives the same one.
    /// </summary>
    public static void WriteNaa(Span<byte> destination, string serialNumber)
    {
        destination[..NaaLength].Clear();
        destination[0] = 0x60;
        destination[1] = 0x01;
        destination[2] = 0x40;
        destination[3] = 0x50;
        int nibble = 7;
        foreach (char character in serialNumber)
        {
            if (!char.IsAsciiHexDigit(character))
            {
                continue;
            }

            if (nibble == NaaLength * 2)
            {
                break;
            }

            int digit = Convert.ToInt32(character.ToString(), 16);
            destination[nibble / 2] |= (byte)(nibble % 2 == 0 ? digit << 4 : digit);
            nibble++;
        }
    }
}

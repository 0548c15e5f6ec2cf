// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Ring;

/// <summary>How long the kernel takes a CDB to be (<c>scsi_command_size</c>): by the group code of the operation code.</summary>
internal static class CdbLength
{
    private const byte VariableLengthCdb = 0x7F;

    /// <summary>Where a variable-length CDB says how much follows its first 8 bytes (SPC-5 4.2.3).</summary>
    private const int AdditionalLengthByte = 7;

    private static ReadOnlySpan<byte> ByGroup => [6, 10, 10, 12, 16, 12, 10, 10];

    /// <summary>Finds the length of the CDB at the start of some bytes.</summary>
    /// <param name="bytes">The rest of the ring entry.</param>
    /// <param name="length">Length of the CDB in bytes.</param>
    /// <returns>False when the bytes end before the CDB does.</returns>
    internal static bool TryGet(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        if (bytes.IsEmpty)
        {
            return false;
        }

        length = ByGroup[bytes[0] >> 5];
        if (bytes[0] == VariableLengthCdb)
        {
            if (bytes.Length <= AdditionalLengthByte)
            {
                return false;
            }

            length = AdditionalLengthByte + 1 + bytes[AdditionalLengthByte];
        }

        return length <= bytes.Length;
    }
}

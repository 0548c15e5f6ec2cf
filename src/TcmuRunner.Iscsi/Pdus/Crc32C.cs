// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TcmuRunner.Iscsi.Pdus;

/// <summary>The digest of headers and data: CRC32C (RFC 7143 13.1), in the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>The value to begin with.</summary>
    internal const uint Seed = 0xFFFF_FFFF;

    /// <summary>Length of a digest on the wire.</summary>
    internal const int Length = 4;

    /// <summary>The digest of bytes in one piece.</summary>
    internal static uint Compute(ReadOnlySpan<byte> bytes) => ~Append(Seed, bytes);

    /// <summary>Takes more bytes into a running value, which begins as <see cref="Seed"/> and is inverted at the end.</summary>
    internal static uint Append(uint value, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            value = BitOperations.Crc32C(value, Unsafe.ReadUnaligned<ulong>(ref MemoryMarshal.GetReference(bytes)));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte one in bytes)
        {
            value = BitOperations.Crc32C(value, one);
        }

        return value;
    }
}

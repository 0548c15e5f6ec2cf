// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>The layout of an image; all numbers little-endian, all areas in whole blocks of 4096 bytes.</summary>
/// <remarks>
/// <code>
///  0        4096      ┌─ checkpoint A ─┬─ checkpoint B ─┬─ journal ─┬─ live ─┬─ data, from the next MiB on
/// ┌────────┬─────────┐│                │                │           │        │
/// │ header │ header 2 │  one word for each zone, one byte for each realm │ ring   │ mmap   │
/// └────────┴─────────┘└────────────────┴────────────────┴───────────┴────────┴──────────────
/// </code>
/// The header says where the areas are, so that an imported image keeps its data where they were. Three of the areas say what state the zones
/// are in, each for another accident:
/// <list type="bullet">
/// <item><b>live</b> is shared memory that follows every change at once. It survives the death of the daemon, and counts only within the same
/// boot of the kernel: the page cache reaches the disk in any order.</item>
/// <item><b>checkpoint</b>, the newer one whose checksum is right, and the <b>journal</b> behind it, are written through, and only after the
/// data that they speak of. They count after a power cut.</item>
/// </list>
/// Keep in sync with <see cref="ZoneState"/> and the README.
/// </remarks>
internal static class ImageFormat
{
    public const int BlockBytes = 4096;
    public const int Version = 1;
    public const int ChecksumOffset = BlockBytes - 4;
    public const int JournalBlocks = 512;
    public const int JournalEntryBytes = 16;
    public const int JournalHeaderBytes = 32;
    public const int EntriesPerBlock = (BlockBytes - JournalHeaderBytes) / JournalEntryBytes;
    public const int LiveRecordBytes = 16;
    public const int ParametersBytes = 16;
    public const long DataAlignment = 1 << 20;

    public static ReadOnlySpan<byte> HeaderMagic => "TCMUZBC\u0001"u8;

    public static ReadOnlySpan<byte> CheckpointMagic => "ZBCHKPT\u0001"u8;

    public static ReadOnlySpan<byte> LiveMagic => "ZBCLIVE\u0001"u8;

    public const uint JournalMagic = 0x4C4E4A5A;

    /// <summary>Bytes of a checkpoint's content: parameters, zones, realms.</summary>
    public static int PayloadBytes(int zones, int realms) => ParametersBytes + (zones * sizeof(ulong)) + realms;

    public static long CheckpointBytes(int zones, int realms) => BlockBytes + RoundUp(PayloadBytes(zones, realms), BlockBytes);

    public static long LiveBytes(int zones, int realms) =>
        BlockBytes + RoundUp(((long)zones * LiveRecordBytes) + realms + (2 * ParametersBytes), BlockBytes);

    public static long RoundUp(long value, long unit) => (value + unit - 1) / unit * unit;

    /// <summary>CRC-32C (RFC 3720 B.4), as the processor computes it.</summary>
    public static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (ulong word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (byte rest in data[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// The blocks of the journal: what has changed since the checkpoint of the same generation. Blocks are numbered from 0; a change that takes
/// several of them counts only with the last.
/// </summary>
/// <remarks>
/// <code>
///  0 magic 4 │ 4 entries 2 │ 6 flags 2 │ 8 generation 8 │ 16 number 8 │ 24 checksum 4 │ 28 reserved │ 32 entries of 16: kind 4, index 4, value 8
/// </code>
/// </remarks>
internal static class Journal
{
    private const int CountOffset = 4;
    private const int FlagsOffset = 6;
    private const int GenerationOffset = 8;
    private const int NumberOffset = 16;
    private const int ChecksumOffset = 24;
    private const ushort IsLast = 1;

    /// <summary>How many blocks so many entries take.</summary>
    public static int BlocksFor(int entries) => (entries + ImageFormat.EntriesPerBlock - 1) / ImageFormat.EntriesPerBlock;

    /// <summary>Writes a change.</summary>
    /// <param name="entries">Its entries, at least one.</param>
    /// <param name="generation">The checkpoint's.</param>
    /// <param name="number">Number of the first block.</param>
    /// <param name="blocks">As many blocks as <see cref="BlocksFor"/> says.</param>
    public static void Write(ReadOnlySpan<JournalEntry> entries, long generation, long number, Span<byte> blocks)
    {
        while (!entries.IsEmpty)
        {
            ReadOnlySpan<JournalEntry> here = entries[..Math.Min(entries.Length, ImageFormat.EntriesPerBlock)];
            entries = entries[here.Length..];
            Span<byte> block = blocks[..ImageFormat.BlockBytes];
            blocks = blocks[ImageFormat.BlockBytes..];
            block.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(block, ImageFormat.JournalMagic);
            BinaryPrimitives.WriteUInt16LittleEndian(block[CountOffset..], (ushort)here.Length);
            BinaryPrimitives.WriteUInt16LittleEndian(block[FlagsOffset..], entries.IsEmpty ? IsLast : (ushort)0);
            BinaryPrimitives.WriteInt64LittleEndian(block[GenerationOffset..], generation);
            BinaryPrimitives.WriteInt64LittleEndian(block[NumberOffset..], number++);
            Span<byte> rows = block[ImageFormat.JournalHeaderBytes..];
            foreach (JournalEntry entry in here)
            {
                BinaryPrimitives.WriteInt32LittleEndian(rows, (int)entry.Kind);
                BinaryPrimitives.WriteInt32LittleEndian(rows[4..], entry.Index);
                BinaryPrimitives.WriteUInt64LittleEndian(rows[8..], entry.Value);
                rows = rows[ImageFormat.JournalEntryBytes..];
            }

            BinaryPrimitives.WriteUInt32LittleEndian(block[ChecksumOffset..], ImageFormat.Checksum(block));
        }
    }

    /// <summary>Reads the changes that follow a checkpoint, up to the first block that is not whole.</summary>
    /// <param name="area">The journal's blocks; the checksums' places are cleared.</param>
    /// <param name="generation">The checkpoint's.</param>
    /// <param name="apply">Takes the entries of a complete change, in order.</param>
    /// <returns>Number of the block to write next.</returns>
    public static int Replay(Span<byte> area, long generation, Action<JournalEntry> apply)
    {
        var change = new List<JournalEntry>();
        int next = 0;
        int count = area.Length / ImageFormat.BlockBytes;
        for (int number = 0; number < count && TryRead(area.Slice(number * ImageFormat.BlockBytes, ImageFormat.BlockBytes), generation, number, change, out bool isLast); number++)
        {
            if (isLast)
            {
                change.ForEach(apply);
                change.Clear();
                next = number + 1;
            }
        }

        return next;
    }

    private static bool TryRead(Span<byte> block, long generation, long number, List<JournalEntry> entries, out bool isLast)
    {
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(block[ChecksumOffset..]);
        block.Slice(ChecksumOffset, sizeof(uint)).Clear();
        int count = BinaryPrimitives.ReadUInt16LittleEndian(block[CountOffset..]);
        isLast = (BinaryPrimitives.ReadUInt16LittleEndian(block[FlagsOffset..]) & IsLast) != 0;
        bool isWhole = BinaryPrimitives.ReadUInt32LittleEndian(block) == ImageFormat.JournalMagic
            && checksum == ImageFormat.Checksum(block)
            && BinaryPrimitives.ReadInt64LittleEndian(block[GenerationOffset..]) == generation
            && BinaryPrimitives.ReadInt64LittleEndian(block[NumberOffset..]) == number
            && count <= ImageFormat.EntriesPerBlock;
        for (int index = 0; isWhole && index < count; index++)
        {
            ReadOnlySpan<byte> row = block.Slice(ImageFormat.JournalHeaderBytes + (index * ImageFormat.JournalEntryBytes), ImageFormat.JournalEntryBytes);
            entries.Add(new JournalEntry(
                (JournalEntryKind)BinaryPrimitives.ReadInt32LittleEndian(row),
                BinaryPrimitives.ReadInt32LittleEndian(row[4..]),
                BinaryPrimitives.ReadUInt64LittleEndian(row[8..])));
        }

        return isWhole;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>Where persistent dirty bitmaps are (qcow2 spec, Bitmaps extension and bitmap directory): only their places matter here.</summary>
internal static class BitmapDirectory
{
    private const int ExtensionBytes = 24;
    private const int FixedRowBytes = 24;
    private const int MaximumBytes = 64 << 20;
    private const int MaximumTableEntries = 8 << 20;

    /// <summary>Reads the header extension.</summary>
    public static bool TryParseExtension(ReadOnlySpan<byte> extension, out long offset, out int length, out int count)
    {
        offset = length = count = 0;
        if (extension.Length < ExtensionBytes)
        {
            return false;
        }

        count = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(extension), int.MaxValue);
        ulong bytes = BinaryPrimitives.ReadUInt64BigEndian(extension[8..]);
        offset = BinaryPrimitives.ReadInt64BigEndian(extension[16..]);
        length = (int)Math.Min(bytes, MaximumBytes);
        return bytes <= MaximumBytes && offset > 0;
    }

    /// <summary>The bitmap tables that a directory names; ends early where it is damaged.</summary>
    public static List<(long Offset, int Entries)> Tables(ReadOnlySpan<byte> directory, int count)
    {
        var tables = new List<(long Offset, int Entries)>();
        while (count-- > 0 && directory.Length >= FixedRowBytes)
        {
            uint entries = BinaryPrimitives.ReadUInt32BigEndian(directory[8..]);
            long rowBytes = FixedRowBytes + BinaryPrimitives.ReadUInt16BigEndian(directory[18..]) + (long)BinaryPrimitives.ReadUInt32BigEndian(directory[20..]);
            if (entries > MaximumTableEntries || ((rowBytes + 7) & ~7L) > directory.Length)
            {
                break;
            }

            tables.Add((BinaryPrimitives.ReadInt64BigEndian(directory), (int)entries));
            directory = directory[(int)((rowBytes + 7) & ~7L)..];
        }

        return tables;
    }
}

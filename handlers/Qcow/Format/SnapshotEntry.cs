// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TcmuRunner.Handlers.Qcow.Format;

/// <summary>A row of the snapshot table (qcow2 spec, Snapshots).</summary>
internal sealed record SnapshotEntry
{
    private const int FixedBytes = 40;
    private const int MaximumExtraBytes = 1024;

    // VM state size, disk size, icount: what version 3 asks for.
    private const int WrittenExtraBytes = 24;

    public required long L1Offset { get; init; }
    public required int L1Entries { get; init; }
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset Time { get; init; }
    public ulong VmClockNanoseconds { get; init; }
    public uint VmStateBytes { get; init; }

    /// <summary>Size of the disk at the time, in bytes; null where the image does not say (version 2): the image's own.</summary>
    public long? DiskSizeBytes { get; init; }

    /// <summary>Extra data as read, so that a table is written back with everything that is not known here; empty for a new snapshot.</summary>
    public ImmutableArray<byte> Extra { get; init; } = [];

    /// <summary>Reads all rows of a table.</summary>
    /// <param name="table">The table's bytes. Untrusted.</param>
    /// <param name="count">How many rows the header tells of.</param>
    /// <param name="snapshots">The rows.</param>
    /// <param name="lengthBytes">How long the table is.</param>
    /// <param name="reason">What is wrong, as the end of a sentence.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> table, int count, out ImmutableArray<SnapshotEntry> snapshots, out int lengthBytes, [NotNullWhen(false)] out string? reason)
    {
        var rows = ImmutableArray.CreateBuilder<SnapshotEntry>();
        int position = 0;
        snapshots = [];
        lengthBytes = 0;
        for (int index = 0; index < count; index++)
        {
            if (!TryParseRow(table[position..], out SnapshotEntry? row, out int length, out reason))
            {
                reason = $"row {index} of its snapshot table is damaged: {reason}";
                return false;
            }

            rows.Add(row);
            position = Math.Min(table.Length, position + ((length + 7) & ~7));
            lengthBytes = position;
        }

        snapshots = rows.ToImmutable();
        reason = null;
        return true;
    }

    /// <summary>Writes rows as a table.</summary>
    public static byte[] Encode(IEnumerable<SnapshotEntry> snapshots)
    {
        var table = new MemoryStream();
        foreach (SnapshotEntry snapshot in snapshots)
        {
            table.Write(snapshot.EncodeRow());
            table.SetLength((table.Length + 7) & ~7);
            table.Position = table.Length;
        }

        return table.ToArray();
    }

    private static bool TryParseRow(
        ReadOnlySpan<byte> row, [NotNullWhen(true)] out SnapshotEntry? snapshot, out int length, [NotNullWhen(false)] out string? reason)
    {
        snapshot = null;
        length = 0;
        reason = "it ends inside the file";
        if (row.Length < FixedBytes)
        {
            return false;
        }

        int idBytes = BinaryPrimitives.ReadUInt16BigEndian(row[12..]);
        int nameBytes = BinaryPrimitives.ReadUInt16BigEndian(row[14..]);
        uint extraBytes = BinaryPrimitives.ReadUInt32BigEndian(row[36..]);
        if (extraBytes > MaximumExtraBytes)
        {
            reason = $"it has {extraBytes} bytes of extra data; at most {MaximumExtraBytes} are possible";
            return false;
        }

        length = FixedBytes + (int)extraBytes + idBytes + nameBytes;
        if (row.Length < length)
        {
            return false;
        }

        ReadOnlySpan<byte> extra = row.Slice(FixedBytes, (int)extraBytes);
        ulong size = extra.Length >= 16 ? BinaryPrimitives.ReadUInt64BigEndian(extra[8..]) : 0;
        if (size > long.MaxValue)
        {
            reason = $"its disk has {size} bytes";
            return false;
        }

        snapshot = new SnapshotEntry
        {
            L1Offset = (long)BinaryPrimitives.ReadUInt64BigEndian(row),
            L1Entries = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(row[8..]), int.MaxValue),
            Id = Encoding.UTF8.GetString(row.Slice(FixedBytes + (int)extraBytes, idBytes)),
            Name = Encoding.UTF8.GetString(row.Slice(FixedBytes + (int)extraBytes + idBytes, nameBytes)),
            Time = DateTimeOffset.FromUnixTimeSeconds(BinaryPrimitives.ReadUInt32BigEndian(row[16..]))
                .AddTicks(BinaryPrimitives.ReadUInt32BigEndian(row[20..]) / 100),
            VmClockNanoseconds = BinaryPrimitives.ReadUInt64BigEndian(row[24..]),
            VmStateBytes = BinaryPrimitives.ReadUInt32BigEndian(row[32..]),
            DiskSizeBytes = extra.Length >= 16 ? (long)size : null,
            Extra = [.. extra],
        };
        reason = null;
        return true;
    }

    private byte[] EncodeRow()
    {
        byte[] id = Encoding.UTF8.GetBytes(Id);
        byte[] name = Encoding.UTF8.GetBytes(Name);
        byte[] extra = [.. Extra];
        if (extra.Length < WrittenExtraBytes && DiskSizeBytes is { } diskSize)
        {
            Array.Resize(ref extra, WrittenExtraBytes);
            BinaryPrimitives.WriteInt64BigEndian(extra.AsSpan(8), diskSize);

            // No instruction count was recorded.
            BinaryPrimitives.WriteInt64BigEndian(extra.AsSpan(16), -1);
        }

        byte[] row = new byte[FixedBytes + extra.Length + id.Length + name.Length];
        BinaryPrimitives.WriteInt64BigEndian(row, L1Offset);
        BinaryPrimitives.WriteInt32BigEndian(row.AsSpan(8), L1Entries);
        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(12), (ushort)id.Length);
        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(14), (ushort)name.Length);
        BinaryPrimitives.WriteUInt32BigEndian(row.AsSpan(16), (uint)Time.ToUnixTimeSeconds());
        BinaryPrimitives.WriteUInt32BigEndian(row.AsSpan(20), (uint)(Time.UtcTicks % TimeSpan.TicksPerSecond * 100));
        BinaryPrimitives.WriteUInt64BigEndian(row.AsSpan(24), VmClockNanoseconds);
        BinaryPrimitives.WriteUInt32BigEndian(row.AsSpan(32), VmStateBytes);
        BinaryPrimitives.WriteInt32BigEndian(row.AsSpan(36), extra.Length);
        extra.CopyTo(row, FixedBytes);
        id.CopyTo(row, FixedBytes + extra.Length);
        name.CopyTo(row, FixedBytes + extra.Length + id.Length);
        return row;
    }
}

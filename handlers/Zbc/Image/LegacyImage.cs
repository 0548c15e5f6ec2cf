// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>What an image of the C program says: its header is the x86-64 image of a C struct, little-endian, followed by one record for each zone.</summary>
/// <param name="Settings">The disk.</param>
/// <param name="Zones">The states, in our form.</param>
/// <param name="DataOffset">Where the data begin, in bytes.</param>
internal sealed record LegacyImage(ImageSettings Settings, ulong[] Zones, long DataOffset)
{
    private const int PageBytes = 4096;

    /// <summary>Reads an image of the handler zbc.</summary>
    /// <exception cref="HandlerException">It is damaged.</exception>
    public static async ValueTask<LegacyImage> ReadZbcAsync(AsyncFile file)
    {
        const int headerBytes = 48;
        const int recordBytes = 64;
        const int hostManaged = 0x14;
        using var block = new IoBuffer(PageBytes);
        await ReadAsync(file, 0, block).ConfigureAwait(false);
        int model = BinaryPrimitives.ReadInt32LittleEndian(block.Span[4..]);
        long capacity = BinaryPrimitives.ReadInt64LittleEndian(block.Span[8..]);
        int blockBytes = BinaryPrimitives.ReadInt32LittleEndian(block.Span[16..]);
        long zoneBlocks = BinaryPrimitives.ReadUInt32LittleEndian(block.Span[20..]);
        int zones = BinaryPrimitives.ReadInt32LittleEndian(block.Span[24..]);
        int conventional = BinaryPrimitives.ReadInt32LittleEndian(block.Span[28..]);
        int open = BinaryPrimitives.ReadInt32LittleEndian(block.Span[32..]);
        string profile = model == hostManaged ? "HM_ZONED_1PCNT_B" : "HA_ZONED_1PCNT_B";
        ImageSettings settings = SettingsOf(file.Path, DeviceProfile.Find(profile)!, blockBytes, zoneBlocks, capacity, zones, conventional, open);
        ulong[] states = await ReadZonesAsync(file, headerBytes, recordBytes, new RecordOffsets(Condition: 25, NonSequential: 26), zones, zoneBlocks).ConfigureAwait(false);
        return new LegacyImage(settings, states, ImageFormat.RoundUp(headerBytes + ((long)zones * recordBytes), PageBytes));
    }

    /// <summary>Reads an image of the handler dhsmr without zone domains.</summary>
    /// <exception cref="HandlerException">It is damaged, or has zone domains.</exception>
    public static async ValueTask<LegacyImage> ReadDhsmrAsync(AsyncFile file)
    {
        const int headerBytes = 4480;
        const int recordBytes = 72;
        using var block = new IoBuffer(PageBytes);
        await ReadAsync(file, 0, block).ConfigureAwait(false);
        int kind = BinaryPrimitives.ReadInt32LittleEndian(block.Span[40..]);
        int option = BinaryPrimitives.ReadInt32LittleEndian(block.Span[44..]);
        long capacity = BinaryPrimitives.ReadInt64LittleEndian(block.Span[48..]);
        int blockBytes = BinaryPrimitives.ReadInt32LittleEndian(block.Span[68..]);
        bool checks = BinaryPrimitives.ReadInt32LittleEndian(block.Span[208..]) != 0;
        long zoneBlocks = BinaryPrimitives.ReadUInt32LittleEndian(block.Span[220..]);
        int zones = BinaryPrimitives.ReadInt32LittleEndian(block.Span[224..]);
        int conventional = BinaryPrimitives.ReadInt32LittleEndian(block.Span[228..]);
        int open = BinaryPrimitives.ReadInt32LittleEndian(block.Span[232..]);
        DeviceProfile? profile = DeviceProfile.Find(kind, option);
        if (profile?.Kind is not (DeviceKind.HostManaged or DeviceKind.HostAware))
        {
            throw new HandlerException(
                HandlerErrorKind.NotSupported,
                $"'{file.Path}' has zone domains or no zones. In that handler realms share their bytes, so that its data cannot be told apart: read what you need with that program.");
        }

        ImageSettings settings = SettingsOf(file.Path, profile, blockBytes, zoneBlocks, capacity, zones, conventional, open) with { ChecksWritePointer = checks };
        ulong[] states = await ReadZonesAsync(file, headerBytes, recordBytes, new RecordOffsets(Condition: 33, NonSequential: 34), zones, zoneBlocks).ConfigureAwait(false);
        return new LegacyImage(settings, states, ImageFormat.RoundUp(headerBytes + ((long)zones * recordBytes), PageBytes));
    }

    public static HandlerException Damaged(string path, string why) =>
        new(HandlerErrorKind.Failed, $"The image '{path}' of the C program is damaged: {why}.");

    private static ImageSettings SettingsOf(
        string path, DeviceProfile profile, int blockBytes, long zoneBlocks, long capacity, int zones, int conventional, int open)
    {
        bool isPlausible = blockBytes is 512 or 4096
            && zoneBlocks > 0
            && capacity > 0
            && capacity <= (1L << 50)
            && zones > 0
            && zones == (capacity + zoneBlocks - 1) / zoneBlocks
            && conventional >= 0
            && conventional < zones
            && open > 0;
        if (!isPlausible)
        {
            throw Damaged(path, "the numbers of its header do not go together");
        }

        var wanted = new ZbcConfiguration
        {
            Path = path,
            Profile = profile,
            BlockBytes = blockBytes,
            ZoneBytes = zoneBlocks * blockBytes,
            ConventionalZones = conventional,
            OpenZones = open,
        };
        return ImageSettings.From(wanted, capacity * blockBytes, Dialect.Zbc2);
    }

    private static async ValueTask<ulong[]> ReadZonesAsync(
        AsyncFile file, int headerBytes, int recordBytes, RecordOffsets offsets, int zones, long zoneBlocks)
    {
        using var records = new IoBuffer(checked(zones * recordBytes));
        await ReadAsync(file, headerBytes, records).ConfigureAwait(false);
        var states = new ulong[zones];
        for (int zone = 0; zone < zones; zone++)
        {
            ReadOnlySpan<byte> record = records.Span.Slice(zone * recordBytes, recordBytes);
            long start = BinaryPrimitives.ReadInt64LittleEndian(record);
            long length = BinaryPrimitives.ReadInt64LittleEndian(record[8..]);
            long writePointer = BinaryPrimitives.ReadInt64LittleEndian(record[16..]);
            var condition = (ZoneCondition)record[offsets.Condition];
            if (start != zone * zoneBlocks || length <= 0 || length > zoneBlocks)
            {
                throw Damaged(file.Path, $"zone {zone} starts at {start} with {length} blocks");
            }

            long offset = condition switch
            {
                ZoneCondition.Full => length,
                ZoneCondition.ImplicitlyOpened or ZoneCondition.ExplicitlyOpened or ZoneCondition.Closed => writePointer - start,
                _ => 0,
            };
            if (offset < 0 || offset > length)
            {
                throw Damaged(file.Path, $"the write pointer {writePointer} of zone {zone} is outside");
            }

            states[zone] = new ZoneState(condition, offset).WithNonSequential(record[offsets.NonSequential] != 0).Bits;
        }

        return states;
    }

    private static async ValueTask ReadAsync(AsyncFile file, long offset, IoBuffer buffer)
    {
        IoStatus status = await file.ReadAsync(offset, buffer.List, CancellationToken.None).ConfigureAwait(false);
        if (!status.IsGood)
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"'{file.Path}' could not be read at {offset} ({status.Outcome}).");
        }
    }

    private readonly record struct RecordOffsets(int Condition, int NonSequential);
}

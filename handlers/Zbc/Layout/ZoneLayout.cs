// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using System.Numerics;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// Which zones there are and where their bytes lie. Addresses are cut into slots of the zone size; a slot holds one zone, and behind a
/// sequential zone with a smaller capacity a gap zone. Immutable. All lengths are in logical blocks unless they say bytes.
/// </summary>
internal sealed class ZoneLayout
{
    private readonly int _zoneShift;
    private readonly long _sequentialCapacity;
    private readonly ImmutableArray<ZoneType> _types;
    private readonly ImmutableArray<long> _dataOffsets;

    /// <summary>Puts a layout together; see <see cref="ZoneLayoutBuilder"/>.</summary>
    /// <param name="settings">The disk's settings.</param>
    /// <param name="types">The type of each zone.</param>
    /// <param name="dataOffsets">Where each zone's bytes begin, from the start of the data, in bytes; -1 where a gap has none.</param>
    /// <param name="blockCount">Blocks that can be addressed, gaps included.</param>
    /// <param name="dataBytes">How many bytes all zones need.</param>
    public ZoneLayout(ImageSettings settings, ImmutableArray<ZoneType> types, ImmutableArray<long> dataOffsets, long blockCount, long dataBytes)
    {
        BlockShift = BitOperations.Log2((uint)settings.BlockBytes);
        ZoneBlocks = settings.ZoneBytes >> BlockShift;
        _zoneShift = BitOperations.Log2((ulong)ZoneBlocks);
        _sequentialCapacity = settings.CapacityBytes >> BlockShift;
        PhysicalBlocks = settings.PhysicalBlockBytes >> BlockShift;
        _types = types;
        _dataOffsets = dataOffsets;
        BlockCount = blockCount;
        DataBytes = dataBytes;
        ReportedBlockCount = blockCount;
    }

    /// <summary>Log2 of the block size.</summary>
    public int BlockShift { get; }

    /// <summary>Blocks of a slot.</summary>
    public long ZoneBlocks { get; }

    /// <summary>Logical blocks of a physical one.</summary>
    public int PhysicalBlocks { get; }

    public int ZoneCount => _types.Length;

    /// <summary>Blocks that can be addressed: MAXIMUM LBA and one.</summary>
    public long BlockCount { get; }

    /// <summary>Blocks that READ CAPACITY reports.</summary>
    public long ReportedBlockCount { get; init; }

    /// <summary>How many bytes all zones need.</summary>
    public long DataBytes { get; }

    /// <summary>Conventional zones of a disk without domains.</summary>
    public int ConventionalZones { get; init; }

    /// <summary>Whether sequential zones have a capacity below their size.</summary>
    public bool HasCapacityGaps => _sequentialCapacity < ZoneBlocks;

    public ImmutableArray<ZoneDomain> Domains { get; init; } = [];

    public ImmutableArray<ZoneRealm> Realms { get; init; } = [];

    /// <summary>The realm of each zone, -1 for none; empty without domains.</summary>
    public ImmutableArray<int> RealmOfZone { get; init; } = [];

    public ZoneType TypeOf(int zone) => _types[zone];

    /// <summary>The zone, or the zone before the gap, that a block lies in.</summary>
    /// <param name="block">The block's address, below <see cref="BlockCount"/>.</param>
    public int ZoneOf(long block) => (int)(block >> _zoneShift);

    public long StartOf(int zone) => (long)zone << _zoneShift;

    /// <summary>Blocks from the start of a zone to the start of the next, or to the end.</summary>
    public long SlotLength(int zone) => Math.Min(ZoneBlocks, BlockCount - StartOf(zone));

    /// <summary>Blocks of a zone, without the gap behind it.</summary>
    public long LengthOf(int zone) => _types[zone] switch
    {
        ZoneType.Conventional or ZoneType.Gap => SlotLength(zone),
        _ => Math.Min(_sequentialCapacity, SlotLength(zone)),
    };

    /// <summary>Where a zone's bytes begin, from the start of the data, in bytes; -1 for a gap.</summary>
    public long DataOffset(int zone) => _dataOffsets[zone];

    /// <summary>The domain that a zone belongs to; null for a gap between domains, and without domains.</summary>
    public ZoneDomain? DomainOf(int zone)
    {
        foreach (ZoneDomain domain in Domains)
        {
            if (domain.Contains(zone))
            {
                return domain;
            }
        }

        return null;
    }

    /// <summary>The first part of a range that lies in one zone.</summary>
    /// <param name="block">First block, below <see cref="BlockCount"/>.</param>
    /// <param name="count">How many blocks; zero gives a piece of zero blocks.</param>
    public ZonePiece PieceAt(long block, long count)
    {
        int zone = ZoneOf(block);
        long offset = block - StartOf(zone);
        long length = LengthOf(zone);
        return offset < length
            ? new ZonePiece(zone, _types[zone] == ZoneType.Gap, offset, Math.Min(count, length - offset))
            : new ZonePiece(zone, true, offset, Math.Min(count, SlotLength(zone) - offset));
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>The first block of an image: what disk it is and where its areas are. There are two copies; the newer one that is whole counts.</summary>
internal sealed record ImageHeader
{
    /// <summary>Raised with every rewrite.</summary>
    public required long Sequence { get; init; }

    public required Guid Id { get; init; }

    public required ImageSettings Settings { get; init; }

    /// <summary>The profile in force: <see cref="ImageSettings.Profile"/>, or what MUTATE has made of it.</summary>
    public required DeviceProfile CurrentProfile { get; init; }

    public bool IsMutated { get; init; }

    public required long SecondHeaderOffset { get; init; }

    public required long CheckpointOffset { get; init; }

    public required long SecondCheckpointOffset { get; init; }

    public required long JournalOffset { get; init; }

    public required long LiveOffset { get; init; }

    public required long DataOffset { get; init; }

    public required int ZoneCount { get; init; }

    public required int RealmCount { get; init; }

    /// <summary>Places the areas of a new image.</summary>
    /// <param name="settings">The disk.</param>
    /// <param name="layout">Its zones.</param>
    /// <param name="areas">Where the areas begin; 0 is taken by the first header.</param>
    /// <param name="dataOffset">Where the data are; null: behind the areas.</param>
    public static ImageHeader Create(ImageSettings settings, ZoneLayout layout, long areas = ImageFormat.BlockBytes, long? dataOffset = null)
    {
        long checkpoint = areas + ImageFormat.BlockBytes;
        long checkpointBytes = ImageFormat.CheckpointBytes(layout.ZoneCount, layout.Realms.Length);
        long journal = checkpoint + (2 * checkpointBytes);
        long live = journal + ((long)ImageFormat.JournalBlocks * ImageFormat.BlockBytes);
        long end = live + ImageFormat.LiveBytes(layout.ZoneCount, layout.Realms.Length);
        return new ImageHeader
        {
            Sequence = 1,
            Id = Guid.NewGuid(),
            Settings = settings,
            CurrentProfile = settings.Profile,
            SecondHeaderOffset = areas,
            CheckpointOffset = checkpoint,
            SecondCheckpointOffset = checkpoint + checkpointBytes,
            JournalOffset = journal,
            LiveOffset = live,
            DataOffset = dataOffset ?? ImageFormat.RoundUp(end, ImageFormat.DataAlignment),
            ZoneCount = layout.ZoneCount,
            RealmCount = layout.Realms.Length,
        };
    }

    /// <summary>Where the image ends, in bytes: the end of the last area or of the data.</summary>
    public long EndOffset(ZoneLayout layout) =>
        Math.Max(DataOffset + layout.DataBytes, LiveOffset + ImageFormat.LiveBytes(ZoneCount, RealmCount));

    /// <summary>Writes the header into a block.</summary>
    public void Write(Span<byte> block)
    {
        block.Clear();
        ImageFormat.HeaderMagic.CopyTo(block);
        var writer = new FieldWriter(block);
        writer.Position = 8;
        writer.Int32(ImageFormat.Version);
        writer.Int32(ImageFormat.BlockBytes);
        writer.Int64(Sequence);
        Id.TryWriteBytes(block[writer.Position..]);
        writer.Position += 16;
        writer.Int64(SecondHeaderOffset);
        writer.Int64(CheckpointOffset);
        writer.Int64(SecondCheckpointOffset);
        writer.Int64(JournalOffset);
        writer.Int64(LiveOffset);
        writer.Int64(DataOffset);
        writer.Int32(ZoneCount);
        writer.Int32(RealmCount);
        writer.Byte((byte)Settings.Profile.Kind);
        writer.Byte(Settings.Profile.Number);
        writer.Byte((byte)CurrentProfile.Kind);
        writer.Byte(CurrentProfile.Number);
        writer.Byte(IsMutated ? (byte)1 : (byte)0);
        writer.Byte(Settings.ChecksWritePointer ? (byte)1 : (byte)0);
        writer.Byte(Settings.HasRealms ? (byte)1 : (byte)0);
        writer.Byte((byte)Settings.Dialect);
        writer.Int32(Settings.BlockBytes);
        writer.Int32(Settings.PhysicalBlockBytes);
        writer.Int64(Settings.ZoneBytes);
        writer.Int64(Settings.CapacityBytes);
        writer.Int64(Settings.RealmBytes);
        writer.Int64(Settings.SizeBytes);
        writer.Int32(Settings.ConventionalZones);
        writer.Int32(Settings.OpenZones);
        writer.Int32(Settings.ActiveZones);
        writer.Int32(Settings.GainPercent);
        writer.Int32(Settings.MaximumActivation);
        BinaryPrimitives.WriteUInt32LittleEndian(block[ImageFormat.ChecksumOffset..], ImageFormat.Checksum(block[..ImageFormat.ChecksumOffset]));
    }

    /// <summary>Reads a header that may be anything.</summary>
    /// <param name="block">The block.</param>
    /// <param name="header">The header.</param>
    /// <param name="reason">What is wrong with it, as the end of a sentence.</param>
    public static bool TryRead(ReadOnlySpan<byte> block, [NotNullWhen(true)] out ImageHeader? header, [NotNullWhen(false)] out string? reason)
    {
        header = null;
        if (!block[..8].SequenceEqual(ImageFormat.HeaderMagic))
        {
            reason = "is not an image of this handler";
            return false;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(block[ImageFormat.ChecksumOffset..]) != ImageFormat.Checksum(block[..ImageFormat.ChecksumOffset]))
        {
            reason = "has a header whose checksum is wrong";
            return false;
        }

        var reader = new FieldReader(block) { Position = 8 };
        int version = reader.Int32();
        if (version != ImageFormat.Version || reader.Int32() != ImageFormat.BlockBytes)
        {
            reason = $"is of version {version}; this program knows version {ImageFormat.Version}";
            return false;
        }

        long sequence = reader.Int64();
        var id = new Guid(block.Slice(reader.Position, 16));
        reader.Position += 16;
        long second = reader.Int64();
        long checkpoint = reader.Int64();
        long secondCheckpoint = reader.Int64();
        long journal = reader.Int64();
        long live = reader.Int64();
        long data = reader.Int64();
        int zones = reader.Int32();
        int realms = reader.Int32();
        DeviceProfile? profile = DeviceProfile.Find(reader.Byte(), reader.Byte());
        DeviceProfile? current = DeviceProfile.Find(reader.Byte(), reader.Byte());
        bool isMutated = reader.Byte() != 0;
        bool checks = reader.Byte() != 0;
        bool hasRealms = reader.Byte() != 0;
        var dialect = (Dialect)reader.Byte();
        if (profile is null || current is null || dialect is not (Dialect.Zbc2 or Dialect.Draft5))
        {
            reason = "has a header that names an unknown type";
            return false;
        }

        header = new ImageHeader
        {
            Sequence = sequence,
            Id = id,
            SecondHeaderOffset = second,
            CheckpointOffset = checkpoint,
            SecondCheckpointOffset = secondCheckpoint,
            JournalOffset = journal,
            LiveOffset = live,
            DataOffset = data,
            ZoneCount = zones,
            RealmCount = realms,
            CurrentProfile = current,
            IsMutated = isMutated,
            Settings = new ImageSettings
            {
                Profile = profile,
                ChecksWritePointer = checks,
                HasRealms = hasRealms,
                Dialect = dialect,
                BlockBytes = reader.Int32(),
                PhysicalBlockBytes = reader.Int32(),
                ZoneBytes = reader.Int64(),
                CapacityBytes = reader.Int64(),
                RealmBytes = reader.Int64(),
                SizeBytes = reader.Int64(),
                ConventionalZones = reader.Int32(),
                OpenZones = reader.Int32(),
                ActiveZones = reader.Int32(),
                GainPercent = reader.Int32(),
                MaximumActivation = reader.Int32(),
            },
        };
        reason = header.AreasAreSane() ? null : "has a header whose areas overlap or lie outside";
        return reason is null;
    }

    // A checksum is no proof of good will: what is not sane here would be read, mapped or overwritten later.
    private bool AreasAreSane()
    {
        const long furthest = 1L << 60;
        if (ZoneCount is <= 0 or > (1 << 24) || RealmCount is < 0 or > (1 << 24))
        {
            return false;
        }

        long checkpointBytes = ImageFormat.CheckpointBytes(ZoneCount, RealmCount);
        (long Start, long Length)[] areas =
        [
            (0, ImageFormat.BlockBytes),
            (SecondHeaderOffset, ImageFormat.BlockBytes),
            (CheckpointOffset, checkpointBytes),
            (SecondCheckpointOffset, checkpointBytes),
            (JournalOffset, (long)ImageFormat.JournalBlocks * ImageFormat.BlockBytes),
            (LiveOffset, ImageFormat.LiveBytes(ZoneCount, RealmCount)),
        ];
        Array.Sort(areas);
        for (int index = 0; index < areas.Length; index++)
        {
            (long start, long length) = areas[index];
            bool isApart = index == 0 || areas[index - 1].Start + areas[index - 1].Length <= start;
            if (!isApart || start < 0 || start > furthest || start % ImageFormat.BlockBytes != 0)
            {
                return false;
            }
        }

        return DataOffset >= ImageFormat.BlockBytes && DataOffset < furthest && DataOffset % ImageFormat.BlockBytes == 0;
    }
}

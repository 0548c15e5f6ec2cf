// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>Opens an image, or makes one. Never discards what an image holds unless 'format' allows it. For control threads.</summary>
internal sealed class ImageOpener(OpenRequest request, ZbcConfiguration configuration, Dialect defaultDialect)
{
    private readonly ILogger _logger = request.Logger;
    private readonly string _path = configuration.Path;

    /// <summary>What was opened.</summary>
    /// <param name="Store">The image's store, owned by the caller.</param>
    /// <param name="Layout">The zones.</param>
    /// <param name="State">Their states.</param>
    /// <param name="Replays">Writes that a host may repeat because a killed daemon had no time to answer.</param>
    internal sealed record OpenedImage(ImageStore Store, ZoneLayout Layout, ImageState State, RepeatedWrites? Replays);

    /// <summary>Opens or makes the image.</summary>
    /// <exception cref="HandlerException">It cannot be, or holds something else than is asked for.</exception>
    public async ValueTask<OpenedImage> OpenAsync()
    {
        AsyncFile file = OpenFile(out bool isNew);
        SafeFileHandle? guard = null;
        try
        {
            guard = LiveArea.Lock(_path);
            ImageHeader header = isNew ? await CreateAsync(file).ConfigureAwait(false) : await FindAsync(file).ConfigureAwait(false);
            return await LoadAsync(file, guard, header).ConfigureAwait(false);
        }
        catch
        {
            guard?.Dispose();
            await file.DisposeAsync().ConfigureAwait(false);
            if (isNew && new FileInfo(_path) is { Exists: true, Length: 0 })
            {
                File.Delete(_path);
            }

            throw;
        }
    }

    private AsyncFile OpenFile(out bool isNew)
    {
        isNew = false;
        try
        {
            AsyncFile file = request.Files.Open(_path, AsyncFileOptions.Locked);
            isNew = !file.IsBlockDevice && file.GetLength() == 0;
            return isNew && request.IsReopen && !configuration.Format ? throw Emptied(file) : file;
        }
        catch (HandlerException missing) when (missing.Kind == HandlerErrorKind.NotFound)
        {
            string? obstacle = FindObstacle();
            if (obstacle is not null)
            {
                throw new HandlerException(HandlerErrorKind.NotFound, $"The image '{_path}' {obstacle}", missing);
            }

            isNew = true;
            return request.Files.Open(_path, AsyncFileOptions.Create | AsyncFileOptions.Locked);
        }
    }

    private HandlerException Emptied(AsyncFile file)
    {
        file.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return new HandlerException(
            HandlerErrorKind.Failed, $"The image '{_path}' is empty, although the device was open before. Put it back, or add the option 'format' to begin with an empty one.");
    }

    private string? FindObstacle()
    {
        string directory = Path.GetDirectoryName(_path) ?? "/";
        if (!Directory.Exists(directory))
        {
            return $"cannot be made: there is no directory '{directory}'.";
        }

        if (_path.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return "does not exist, and under /dev only existing block devices are used.";
        }

        if (configuration.Import)
        {
            return "does not exist, so that there is nothing to import.";
        }

        return request.IsReopen && !configuration.Format
            ? "has gone since the device was last open. Put it back, or add the option 'format' to begin with an empty one."
            : null;
    }

    private async ValueTask<ImageHeader> FindAsync(AsyncFile file)
    {
        (ImageHeader? header, string? reason) = await ReadHeaderAsync(file).ConfigureAwait(false);
        if (header is null)
        {
            if (configuration.Import)
            {
                return await new LegacyImporter(file, configuration, defaultDialect, request).ImportAsync().ConfigureAwait(false);
            }

            string hint = await LegacyImporter.RecognizeAsync(file).ConfigureAwait(false) is { } legacy
                ? $"; it looks like one of the C program's handler '{legacy}': the option 'import' takes it over"
                : string.Empty;
            return configuration.Format
                ? await CreateAsync(file).ConfigureAwait(false)
                : throw new HandlerException(
                    HandlerErrorKind.InvalidConfiguration, $"'{_path}' {reason}{hint}. The option 'format' makes it one, and discards what it holds.");
        }

        IReadOnlyList<string> differences = header.Settings.DifferencesFrom(configuration, request.SizeBytes);
        if (differences.Count == 0)
        {
            return header;
        }

        return configuration.Format
            ? await CreateAsync(file).ConfigureAwait(false)
            : throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration,
                $"The image '{_path}' is another disk than the configuration asks for: {string.Join("; ", differences)}. Leave those options out, or add 'format' to discard the image and make it anew.");
    }

    private static async ValueTask<(ImageHeader? Header, string? Reason)> ReadHeaderAsync(AsyncFile file)
    {
        using var block = new IoBuffer(ImageFormat.BlockBytes);
        await ReadAsync(file, 0, block).ConfigureAwait(false);
        _ = ImageHeader.TryRead(block.Span, out ImageHeader? first, out string? reason);

        // The second copy is found behind the first, except in an imported image, whose first names it.
        await ReadAsync(file, first?.SecondHeaderOffset ?? ImageFormat.BlockBytes, block).ConfigureAwait(false);
        _ = ImageHeader.TryRead(block.Span, out ImageHeader? second, out _);
        bool isSecondNewer = second is not null && (first is null || (second.Id == first.Id && second.Sequence > first.Sequence));
        return isSecondNewer ? (second, null) : (first, reason);
    }

    private async ValueTask<ImageHeader> CreateAsync(AsyncFile file)
    {
        ImageSettings settings = ImageSettings.From(configuration, DecideSize(file), defaultDialect);
        settings.Check();
        ZoneLayout layout = ZoneLayoutBuilder.Build(settings, settings.Profile, isMutated: false);
        settings = settings.Profile.Kind is DeviceKind.HostManaged or DeviceKind.HostAware ? settings with { ConventionalZones = layout.ConventionalZones } : settings;
        ImageHeader header = ImageHeader.Create(settings, layout);
        long end = header.EndOffset(layout);
        if (file.IsBlockDevice)
        {
            if (file.GetLength() < end)
            {
                throw new HandlerException(
                    HandlerErrorKind.SizeMismatch,
                    $"The block device '{_path}' has {file.GetLength()} bytes; {end} are needed, {header.DataOffset} of them for the state of the zones.");
            }
        }
        else
        {
            // What was there is given back: the new disk reads as zeros.
            file.SetLength(0);
            file.SetLength(end);
        }

        var state = new ImageState(
            InitialStates.Zones(layout, settings.Profile, settings.GainPercent),
            new byte[layout.Realms.Length],
            new DeviceParameters(layout.Domains.IsEmpty ? 0 : layout.Domains[0].ZonesPerRealm, settings.MaximumActivation, settings.ChecksWritePointer));
        if (file.IsBlockDevice)
        {
            Require(await DataZeroer.ZeroAsync(file, header.DataOffset, layout.DataBytes, CancellationToken.None).ConfigureAwait(false), "emptied");
        }

        await WriteImageAsync(file, header, state).ConfigureAwait(false);
        Log.Formatted(_logger, request.DeviceName, _path, settings.Profile.Name, layout.ZoneCount, settings.ZoneBytes);
        return header;
    }

    /// <summary>Writes header and first checkpoint: the header last, because it makes the rest count.</summary>
    internal async ValueTask WriteImageAsync(AsyncFile file, ImageHeader header, ImageState state)
    {
        using var area = new IoBuffer((int)ImageFormat.CheckpointBytes(header.ZoneCount, header.RealmCount));
        Checkpoint.Write(header, 1, state, area.Span);
        Require(
            await file.WriteAsync(header.SecondCheckpointOffset, area.List, WriteOptions.ForceUnitAccess, CancellationToken.None).ConfigureAwait(false), "written");
        using var blank = new IoBuffer((int)Math.Max(ImageFormat.JournalBlocks * ImageFormat.BlockBytes, ImageFormat.BlockBytes));
        Require(await file.WriteAsync(header.JournalOffset, blank.List, WriteOptions.None, CancellationToken.None).ConfigureAwait(false), "written");
        Require(
            await file.WriteAsync(header.LiveOffset, blank.List.Slice(0, ImageFormat.BlockBytes), WriteOptions.None, CancellationToken.None).ConfigureAwait(false),
            "written");
        Require(await file.FlushAsync(CancellationToken.None).ConfigureAwait(false), "flushed");
        using var block = new IoBuffer(ImageFormat.BlockBytes);
        header.Write(block.Span);
        Require(
            await file.WriteAsync(header.SecondHeaderOffset, block.List, WriteOptions.ForceUnitAccess, CancellationToken.None).ConfigureAwait(false), "written");
        Require(await file.WriteAsync(0, block.List, WriteOptions.ForceUnitAccess, CancellationToken.None).ConfigureAwait(false), "written");
    }

    private long DecideSize(AsyncFile file)
    {
        if (request.SizeBytes is { } size)
        {
            return size;
        }

        // On a block device: what is left beside the areas, in whole zones.
        long zone = configuration.ZoneBytes ?? (256L << 20);
        long room = file.IsBlockDevice ? file.GetLength() - (64L << 20) : 0;
        return room >= 2 * zone
            ? room / zone * zone
            : throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"The image '{_path}' does not exist, and to make it a size is needed.");
    }

    private async ValueTask<OpenedImage> LoadAsync(AsyncFile file, SafeFileHandle guard, ImageHeader header)
    {
        header.Settings.Check();
        ZoneLayout layout = ZoneLayoutBuilder.Build(header.Settings, header.CurrentProfile, header.IsMutated);
        if (layout.ZoneCount != header.ZoneCount || layout.Realms.Length != header.RealmCount)
        {
            throw Damaged("its header names another number of zones than its settings give");
        }

        if (file.GetLength() < header.EndOffset(layout))
        {
            throw Damaged($"it has {file.GetLength()} bytes and should have {header.EndOffset(layout)}");
        }

        (ImageState durable, long generation, int position) = await ReadDurableAsync(file, header).ConfigureAwait(false);
        var live = new LiveArea(guard, _path, header);
        try
        {
            ImageState current = durable.Copy();
            RepeatedWrites? replays = null;
            if (live.IsValid)
            {
                (current, replays) = ReadLive(live, header);
                Log.TakenOver(_logger, request.DeviceName, _path);
            }

            current.Settle(layout, _path);
            return new OpenedImage(new ImageStore(file, live, header, durable, generation, position, current), layout, current, replays);
        }
        catch
        {
            live.Dispose();
            throw;
        }
    }

    private async ValueTask<(ImageState State, long Generation, int Position)> ReadDurableAsync(AsyncFile file, ImageHeader header)
    {
        using var area = new IoBuffer((int)ImageFormat.CheckpointBytes(header.ZoneCount, header.RealmCount));
        await ReadAsync(file, header.CheckpointOffset, area).ConfigureAwait(false);
        (long Generation, ImageState State)? newest = Checkpoint.Read(header, area.Span);
        await ReadAsync(file, header.SecondCheckpointOffset, area).ConfigureAwait(false);
        if (Checkpoint.Read(header, area.Span) is { } second && (newest is null || second.Generation > newest.Value.Generation))
        {
            newest = second;
        }

        if (newest is not { } found)
        {
            throw Damaged("neither of its checkpoints is whole");
        }

        using var journal = new IoBuffer(ImageFormat.JournalBlocks * ImageFormat.BlockBytes);
        await ReadAsync(file, header.JournalOffset, journal).ConfigureAwait(false);
        ImageState state = found.State;
        int position = Journal.Replay(journal.Span, found.Generation, entry => state = ImageStore.Apply(state, entry));
        return (state, found.Generation, position);
    }

    private static (ImageState State, RepeatedWrites Replays) ReadLive(LiveArea live, ImageHeader header)
    {
        var zones = new ulong[header.ZoneCount];
        var replays = new RepeatedWrites();
        for (int zone = 0; zone < zones.Length; zone++)
        {
            zones[zone] = live.LoadZone(zone);
            replays.Expect(zone, live.LoadLastWrite(zone), new ZoneState(zones[zone]).WritePointer);
        }

        var realms = new byte[header.RealmCount];
        for (int realm = 0; realm < realms.Length; realm++)
        {
            realms[realm] = live.LoadRealm(realm);
        }

        return (new ImageState(zones, realms, live.LoadParameters()), replays);
    }

    private static async ValueTask ReadAsync(AsyncFile file, long offset, IoBuffer buffer)
    {
        IoStatus status = await file.ReadAsync(offset, buffer.List, CancellationToken.None).ConfigureAwait(false);
        if (!status.IsGood)
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"'{file.Path}' could not be read at {offset} ({status.Outcome}).");
        }
    }

    private void Require(IoStatus status, string done)
    {
        if (!status.IsGood)
        {
            HandlerErrorKind kind = status.Outcome == IoOutcome.NoSpace ? HandlerErrorKind.NoSpace : HandlerErrorKind.Failed;
            throw new HandlerException(kind, $"'{_path}' could not be {done} ({status.Outcome}).");
        }
    }

    private HandlerException Damaged(string why) =>
        new(HandlerErrorKind.Failed, $"The image '{_path}' is damaged: {why}. Restore it from a copy; 'format' after removing the file makes an empty one.");
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// Takes over images of the C program's handlers. The data stay where they are; the state of the zones is written behind them in this handler's
/// form, and the first block, which makes the image one of ours, comes last: until then it is still theirs.
/// </summary>
internal sealed class LegacyImporter(AsyncFile file, ZbcConfiguration configuration, Dialect dialect, OpenRequest request)
{
    private const uint ZbcMagic = 0x555A4243;
    private const uint DhsmrMagic = 0x485A4243;

    /// <summary>Names the handler that an image belongs to; null where it is none that is known.</summary>
    public static async ValueTask<string?> RecognizeAsync(AsyncFile file)
    {
        using var block = new IoBuffer(ImageFormat.BlockBytes);
        IoStatus status = await file.ReadAsync(0, block.List, CancellationToken.None).ConfigureAwait(false);
        return status.IsGood
            ? BinaryPrimitives.ReadUInt32LittleEndian(block.Span) switch
            {
                ZbcMagic => "zbc",
                DhsmrMagic => "dhsmr",
                _ => null,
            }
            : null;
    }

    /// <summary>Imports the image.</summary>
    /// <exception cref="HandlerException">It is none, is damaged, or is of a kind that cannot be taken over.</exception>
    public async ValueTask<ImageHeader> ImportAsync()
    {
        string? handler = await RecognizeAsync(file).ConfigureAwait(false);
        LegacyImage image = handler switch
        {
            "zbc" => await LegacyImage.ReadZbcAsync(file).ConfigureAwait(false),
            "dhsmr" => await LegacyImage.ReadDhsmrAsync(file).ConfigureAwait(false),
            _ => throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"'{file.Path}' is not an image of the C program's handlers zbc and dhsmr: there is nothing to import."),
        };
        ImageSettings settings = image.Settings with { Dialect = configuration.Dialect ?? dialect };
        settings.Check();
        ZoneLayout layout = ZoneLayoutBuilder.Build(settings, settings.Profile, isMutated: false);
        if (layout.ZoneCount != image.Zones.Length)
        {
            throw LegacyImage.Damaged(file.Path, $"it has {image.Zones.Length} zones, and its size gives {layout.ZoneCount}");
        }

        IReadOnlyList<string> differences = settings.DifferencesFrom(configuration, request.SizeBytes);
        if (differences.Count > 0)
        {
            throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration, $"The image '{file.Path}' is another disk than the configuration asks for: {string.Join("; ", differences)}. Import it without those options.");
        }

        long end = ImageFormat.RoundUp(image.DataOffset + layout.DataBytes, ImageFormat.DataAlignment);
        ImageHeader header = ImageHeader.Create(settings, layout, end, image.DataOffset);
        if (file.IsBlockDevice && file.GetLength() < header.EndOffset(layout))
        {
            throw new HandlerException(HandlerErrorKind.NoSpace, $"The block device '{file.Path}' has no room behind the data for the state of the zones.");
        }

        if (!file.IsBlockDevice)
        {
            file.SetLength(header.EndOffset(layout));
        }

        var state = new ImageState(image.Zones, [], new DeviceParameters(0, 0, settings.ChecksWritePointer));
        state.Settle(layout, file.Path);
        await new ImageOpener(request, configuration, dialect).WriteImageAsync(file, header, state).ConfigureAwait(false);
        Log.Imported(request.Logger, request.DeviceName, file.Path, handler);
        return header;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Text;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Opens images with their chain of backing files.</summary>
/// <param name="files">Where files come from.</param>
/// <param name="logger">Told what an administrator should know.</param>
/// <param name="name">The device's name in messages.</param>
internal sealed class ImageOpener(IAsyncFileSystem files, ILogger logger, string name)
{
    /// <summary>So many images in a row at most: a chain that refers to itself ends here.</summary>
    public const int MaximumDepth = 64;

    private const int ProbeBytes = 512;

    public IAsyncFileSystem Files => files;
    public ILogger Logger => logger;
    public string Name => name;

    /// <summary>Opens an image.</summary>
    /// <exception cref="HandlerException">It, or a file that it needs, cannot be opened.</exception>
    public Task<ImageLayer> OpenAsync(string path, ImageOptions options) => OpenAsync(path, options, depth: 0);

    /// <summary>Opens the backing file of an image, read-only.</summary>
    /// <param name="overlayPath">The image that names it.</param>
    /// <param name="backingFile">Its name as it stands in the image.</param>
    /// <param name="formatName">Its format as it stands in the image; null where it does not.</param>
    /// <param name="options">How the overlay was opened.</param>
    /// <param name="depth">How many images are above.</param>
    public async Task<ImageLayer> OpenBackingAsync(string overlayPath, string backingFile, string? formatName, ImageOptions options, int depth)
    {
        if (depth >= MaximumDepth)
        {
            throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration,
                $"'{overlayPath}' is the {MaximumDepth}th image in a chain of backing files; the chain is too long or refers to itself.");
        }

        string path = Resolve(overlayPath, backingFile, "backing file");
        var backingOptions = new ImageOptions
        {
            IsReadOnly = true,
            IsDirect = options.IsDirect,
            IsLocked = options.IsLocked,
            CacheBytes = options.CacheBytes,
            SecretPath = options.SecretPath,
            Format = formatName switch
            {
                null or "" => null,
                "raw" or "file" or "host_device" => ImageFormat.Raw,
                "qcow" => ImageFormat.Qcow1,
                "qcow2" => ImageFormat.Qcow2,
                _ => throw new HandlerException(
                    HandlerErrorKind.NotSupported,
                    $"The backing file '{path}' of '{overlayPath}' has the format '{formatName}'; raw, qcow and qcow2 can be read."),
            },
        };
        try
        {
            return await OpenAsync(path, backingOptions, depth).ConfigureAwait(false);
        }
        catch (HandlerException failure) when (depth == 1)
        {
            throw new HandlerException(failure.Kind, $"The backing file of '{overlayPath}' cannot be used: {failure.Message}", failure);
        }
    }

    /// <summary>Makes a path of a name in an image: relative ones are relative to the image's directory.</summary>
    public static string Resolve(string imagePath, string fileName, string what)
    {
        string path = fileName.StartsWith("file:", StringComparison.Ordinal) ? fileName["file:".Length..] : fileName;
        int colon = path.IndexOf(':', StringComparison.Ordinal);
        int slash = path.IndexOf('/', StringComparison.Ordinal);
        if (colon >= 0 && (slash < 0 || colon < slash))
        {
            throw new HandlerException(
                HandlerErrorKind.NotSupported, $"'{imagePath}' has the {what} '{fileName}', which is no file; only files can be used.");
        }

        return System.IO.Path.GetFullPath(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(imagePath) ?? "/", path));
    }

    /// <summary>The options of <see cref="IAsyncFileSystem.Open"/> that belong to an image's.</summary>
    public static AsyncFileOptions FileOptions(ImageOptions options) =>
        (options.IsLocked ? AsyncFileOptions.Locked : AsyncFileOptions.None)
        | (options.IsReadOnly || options.Snapshot is not null ? AsyncFileOptions.ReadOnly : AsyncFileOptions.None)
        | (options.IsDirect ? AsyncFileOptions.Direct : AsyncFileOptions.None);

    /// <summary>Reads from a file that is being opened.</summary>
    /// <exception cref="HandlerException">It cannot be read.</exception>
    public static async Task<IoBuffer> ReadAsync(AsyncFile file, long offset, int length, string what)
    {
        var buffer = new IoBuffer(length);
        IoStatus status = await file.ReadAsync(offset, buffer.List, CancellationToken.None).ConfigureAwait(false);
        if (status.IsGood)
        {
            return buffer;
        }

        buffer.Dispose();
        throw new HandlerException(HandlerErrorKind.Failed, $"The {what} of '{file.Path}' cannot be read ({length} bytes at {offset}: {status.Outcome}).");
    }

    private async Task<ImageLayer> OpenAsync(string path, ImageOptions options, int depth)
    {
        AsyncFile file = files.Open(path, FileOptions(options));
        try
        {
            using IoBuffer start = await ReadAsync(file, 0, ProbeBytes, "header").ConfigureAwait(false);
            int present = (int)Math.Min(ProbeBytes, file.GetLength());
            ImageFormat format = ChooseFormat(path, start.Span[..present], options);
            return format switch
            {
                ImageFormat.Raw => OpenRaw(file, options, depth),
                ImageFormat.Qcow1 => await Qcow1Image.OpenAsync(this, file, options, depth).ConfigureAwait(false),
                _ => await Qcow2Image.OpenAsync(this, file, options, depth).ConfigureAwait(false),
            };
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static ImageFormat ChooseFormat(string path, ReadOnlySpan<byte> start, ImageOptions options)
    {
        bool isKnown = ImageProbe.TryDetect(start, out ImageFormat found, out uint version);
        if (options.Format == ImageFormat.Raw)
        {
            return ImageFormat.Raw;
        }

        if (!isKnown)
        {
            throw new HandlerException(HandlerErrorKind.NotSupported, $"'{path}' is a qcow image of version {version}; 1, 2 and 3 are known here.");
        }

        return options.Format is { } wanted && wanted != found
            ? throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration, $"'{path}' should be in the format {NameOf(wanted)}, and is not: it looks like {NameOf(found)}.")
            : found;
    }

    private static string NameOf(ImageFormat format) => format switch
    {
        ImageFormat.Qcow1 => "qcow",
        ImageFormat.Qcow2 => "qcow2",
        _ => "raw",
    };

    private RawImage OpenRaw(AsyncFile file, ImageOptions options, int depth)
    {
        if (options.Snapshot is not null)
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"'{file.Path}' is a raw image and has no snapshots.");
        }

        bool isGuessed = depth == 0 && options.Format is null && !options.IsReadOnly;
        if (isGuessed)
        {
            Log.ServedAsRaw(logger, name, file.Path);
        }

        return new RawImage(file, options.IsReadOnly, isGuessed);
    }

    /// <summary>Text from a header extension.</summary>
    public static string? TextOf(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? null : Encoding.UTF8.GetString(bytes);
}

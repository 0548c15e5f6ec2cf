// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.File;

/// <summary>Opens or makes the file behind a device, and settles how large the device is. For control threads.</summary>
internal static class BackingFile
{
    /// <summary>Opens the file; makes a sparse one of the device's size when there is none and that loses nothing.</summary>
    /// <exception cref="HandlerException">It cannot be opened or made.</exception>
    public static async ValueTask<AsyncFile> OpenAsync(OpenRequest request, FileConfiguration configuration)
    {
        AsyncFileOptions options = (configuration.IsDirect ? AsyncFileOptions.Direct : AsyncFileOptions.None)
            | (configuration.IsReadOnly ? AsyncFileOptions.ReadOnly : AsyncFileOptions.None)
            | (configuration.IsShared ? AsyncFileOptions.None : AsyncFileOptions.Locked);
        try
        {
            return request.Files.Open(configuration.Path, options);
        }
        catch (HandlerException missing) when (missing.Kind == HandlerErrorKind.NotFound)
        {
            CheckMayCreate(request, configuration, missing);
            return await CreateAsync(request, configuration, options, missing).ConfigureAwait(false);
        }
    }

    /// <summary>The device's size in bytes: the one asked for, or the file's own in whole blocks.</summary>
    /// <exception cref="HandlerException"><see cref="HandlerErrorKind.SizeMismatch"/>: the backing store cannot hold the device.</exception>
    public static long DecideSize(AsyncFile file, OpenRequest request)
    {
        long lengthBytes = file.GetLength();
        if (request.SizeBytes is not { } sizeBytes)
        {
            long wholeBlocks = lengthBytes - (lengthBytes % request.BlockSizeBytes);
            return wholeBlocks > 0
                ? wholeBlocks
                : throw new HandlerException(
                    HandlerErrorKind.SizeMismatch,
                    $"'{file.Path}' has {lengthBytes} bytes, less than one block of {request.BlockSizeBytes}, and no size was given.");
        }

        CheckCapacity(file, lengthBytes, sizeBytes);
        if (lengthBytes > sizeBytes)
        {
            Log.LargerThanDevice(request.Logger, request.DeviceName, file.Path, lengthBytes, sizeBytes);
        }

        return sizeBytes;
    }

    /// <summary>A file grows with what is written to it, a block device does not.</summary>
    /// <exception cref="HandlerException"><see cref="HandlerErrorKind.SizeMismatch"/>: the block device is smaller.</exception>
    public static void CheckCapacity(AsyncFile file, long lengthBytes, long sizeBytes)
    {
        if (file.IsBlockDevice && lengthBytes < sizeBytes)
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch, $"The block device '{file.Path}' has {lengthBytes} bytes; {sizeBytes} were asked for.");
        }
    }

    private static void CheckMayCreate(OpenRequest request, FileConfiguration configuration, HandlerException missing)
    {
        if (FindObstacle(request, configuration) is { } obstacle)
        {
            throw new HandlerException(HandlerErrorKind.NotFound, $"The backing file '{configuration.Path}' {obstacle}", missing);
        }
    }

    private static string? FindObstacle(OpenRequest request, FileConfiguration configuration)
    {
        string directory = Path.GetDirectoryName(configuration.Path) ?? "/";
        if (!Directory.Exists(directory))
        {
            return $"cannot be made: there is no directory '{directory}'.";
        }

        if (configuration.IsReadOnly)
        {
            return "does not exist, and a read-only one is not made.";
        }

        // A file in the memory of devtmpfs, taken for a disk until the next boot, is nobody's wish.
        if (configuration.Path.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return "does not exist, and under /dev only existing block devices are used.";
        }

        return request.IsReopen && !configuration.MayRecreate
            ? "has gone since the device was last open. Put it back, or add the option 'create' to begin with an empty one."
            : null;
    }

    private static async ValueTask<AsyncFile> CreateAsync(
        OpenRequest request, FileConfiguration configuration, AsyncFileOptions options, HandlerException missing)
    {
        string path = configuration.Path;
        if (request.SizeBytes is not { } sizeBytes)
        {
            throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration, $"The backing file '{path}' does not exist, and to make it a size is needed.", missing);
        }

        AsyncFile file = request.Files.Open(path, options | AsyncFileOptions.Create);
        try
        {
            // Somebody else may have made it meanwhile: then it is used as it is.
            if (file.GetLength() == 0)
            {
                file.SetLength(sizeBytes);
                Log.Created(request.Logger, request.DeviceName, path, sizeBytes);
            }

            return file;
        }
        catch
        {
            // The file system refused the length: a file of no use must not be found and taken for a disk later.
            await file.DisposeAsync().ConfigureAwait(false);
            if (new FileInfo(path) is { Exists: true, Length: 0 })
            {
                System.IO.File.Delete(path);
            }

            throw;
        }
    }
}

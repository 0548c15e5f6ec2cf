// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

[assembly: Handler(typeof(TcmuRunner.Handlers.Glfs.GlfsHandler))]

namespace TcmuRunner.Handlers.Glfs;

/// <summary>A disk in a file of a Gluster volume: <c>glfs/volume@server/path[;option...]</c>.</summary>
public sealed class GlfsHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = "glfs",
        DisplayName = "File of a Gluster volume",
        ConfigurationHelp = GlfsConfiguration.Help,
    };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) =>
        GlfsConfiguration.TryParse(configuration, out _, out string? reason) ? ConfigurationCheck.Valid : ConfigurationCheck.Invalid(reason);

    /// <inheritdoc/>
    public async ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken)
    {
        if (!GlfsConfiguration.TryParse(request.Configuration, out GlfsConfiguration? configuration, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (!LibGfapi.IsPresent)
        {
            throw new HandlerException(
                HandlerErrorKind.NotSupported, $"Gluster's library {LibGfapi.Library} cannot be loaded: install it (Debian: libgfapi0, other systems: glusterfs-api).");
        }

        // Gluster's calls cannot be cancelled: a caller that gives up leaves them to end by themselves and close what they opened.
        Task<GlfsDevice> opening = BlockingCall.RunAsync(() => Open(configuration, request));
        try
        {
            return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = CloseLateAsync(opening);
            throw;
        }
    }

    private static async Task CloseLateAsync(Task<GlfsDevice> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully)
        {
            await (await opening.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
    }

    private static long DecideSize(GlfsFile file, GlfsConfiguration configuration, OpenRequest request)
    {
        long length = file.GetLength(request.DeviceName);
        long wholeBlocks = length - (length % request.BlockSizeBytes);
        if (request.SizeBytes is not { } sizeBytes)
        {
            return wholeBlocks > 0
                ? wholeBlocks
                : throw new HandlerException(
                    HandlerErrorKind.SizeMismatch,
                    $"{request.DeviceName}: '{configuration.Path}' has {length} bytes, less than one block of {request.BlockSizeBytes}.");
        }

        if (wholeBlocks == sizeBytes)
        {
            return sizeBytes;
        }

        // A file that has grown while no daemon ran is the first half of a resize; the second half is to tell the disk.
        if (request.IsReopen && length > sizeBytes)
        {
            Log.LargerThanDevice(request.Logger, request.DeviceName, configuration.Path, length, sizeBytes);
            return sizeBytes;
        }

        throw new HandlerException(
            HandlerErrorKind.SizeMismatch,
            $"{request.DeviceName}: '{configuration.Path}' has {length} bytes and the disk {sizeBytes}: make the disk as large as the file, or change the file with 'truncate -s'.");
    }

    private static GlfsDevice Open(GlfsConfiguration configuration, OpenRequest request)
    {
        GlfsFile file = GlfsFile.Open(configuration, request);
        try
        {
            return new GlfsDevice(file, configuration, request, DecideSize(file, configuration, request));
        }
        catch
        {
            _ = file.Close();
            throw;
        }
    }
}

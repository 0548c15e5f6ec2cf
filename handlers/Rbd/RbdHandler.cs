// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

[assembly: Handler(typeof(TcmuRunner.Handlers.Rbd.RbdHandler))]

namespace TcmuRunner.Handlers.Rbd;

/// <summary>A disk in an image of a Ceph cluster: <c>rbd/pool[/namespace]/image[@snapshot][;option...]</c>.</summary>
public sealed class RbdHandler : IHandler
{
    private readonly ConnectionPool _connections = new();

    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = "rbd",
        DisplayName = "Ceph RBD image",
        ConfigurationHelp = RbdConfiguration.Help,
    };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) =>
        RbdConfiguration.TryParse(configuration, out _, out string? reason) ? ConfigurationCheck.Valid : ConfigurationCheck.Invalid(reason);

    /// <inheritdoc/>
    public async ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken)
    {
        if (!RbdConfiguration.TryParse(request.Configuration, out RbdConfiguration? configuration, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        cancellationToken.ThrowIfCancellationRequested();
        NativeLibraries.Require();
        var opener = new RbdImageOpener(configuration, request, _connections);

        // Ceph's calls cannot be cancelled: a caller that gives up leaves them to end by themselves and close what they opened.
        Task<RbdImage> opening = BlockingCall.RunAsync(opener.Open);
        try
        {
            RbdImage image = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
            return await MakeDeviceAsync(image, opener, configuration, request).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Abandon(opening);
            throw;
        }
    }

    private static async ValueTask<IHandlerDevice> MakeDeviceAsync(
        RbdImage image, RbdImageOpener opener, RbdConfiguration configuration, OpenRequest request)
    {
        try
        {
            var device = new RbdDevice(image, opener, configuration, request, RbdDevice.DecideSize(image, configuration, request));
            device.StartReporting();
            return device;
        }
        catch
        {
            await image.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void Abandon(Task<RbdImage> opening) => _ = opening.ContinueWith(
        static late =>
        {
            if (late.IsCompletedSuccessfully)
            {
                late.Result.Dispose();
            }
            else
            {
                // Read, so that nobody takes it for an exception that was missed.
                _ = late.Exception;
            }
        },
        CancellationToken.None,
        TaskContinuationOptions.None,
        TaskScheduler.Default);
}

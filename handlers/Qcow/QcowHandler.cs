// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Engine;

[assembly: Handler(typeof(TcmuRunner.Handlers.Qcow.QcowHandler))]

namespace TcmuRunner.Handlers.Qcow;

/// <summary>A disk in a qcow2, qcow or raw image: <c>qcow//path[;option...]</c>.</summary>
public sealed class QcowHandler : IImageHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = "qcow",
        DisplayName = "QEMU copy-on-write image",
        ConfigurationHelp = QcowConfiguration.Help,
    };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) =>
        QcowConfiguration.TryParse(configuration, out _, out string? reason) ? ConfigurationCheck.Valid : ConfigurationCheck.Invalid(reason);

    /// <inheritdoc/>
    public async ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken)
    {
        QcowConfiguration configuration = Parse(request.Configuration);
        cancellationToken.ThrowIfCancellationRequested();
        var opener = new ImageOpener(request.Files, request.Logger, request.DeviceName);
        ImageLayer image = await opener.OpenAsync(configuration.Path, configuration.Options with { IsLocked = true }).ConfigureAwait(false);
        try
        {
            return new QcowDevice(image, configuration, request);
        }
        catch
        {
            await image.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IImage> OpenImageAsync(ImageRequest request, CancellationToken cancellationToken)
    {
        QcowConfiguration configuration = Parse(request.Configuration);
        cancellationToken.ThrowIfCancellationRequested();
        var opener = new ImageOpener(request.Files, request.Logger, configuration.Path);
        ImageOptions options = configuration.Options with
        {
            IsReadOnly = request.Access == ImageAccess.Read,
            ForRepair = request.Access == ImageAccess.Repair,
            IsLocked = true,
        };
        return new QcowImage(await opener.OpenAsync(configuration.Path, options).ConfigureAwait(false), request.Access);
    }

    private static QcowConfiguration Parse(ConfigurationString text) =>
        QcowConfiguration.TryParse(text, out QcowConfiguration? configuration, out string? reason)
            ? configuration
            : throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Engine;

[assembly: Handler(typeof(TcmuRunner.Handlers.Qcow.QcowHandler))]

namespace TcmuRunner.Handlers.Qcow;

/// <summary>A disk in a qcow2, qcow or raw image: <c>qcow//path[;option...]</c>.</summary>
public sealed class QcowHandler : IHandler
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
        if (!QcowConfiguration.TryParse(request.Configuration, out QcowConfiguration? configuration, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

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
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

[assembly: Handler(typeof(TcmuRunner.Handlers.File.FileHandler))]

namespace TcmuRunner.Handlers.File;

/// <summary>A disk in a regular file or on a block device: <c>file//path[;direct][;ro][;create][;shared]</c>.</summary>
public sealed class FileHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = "file",
        DisplayName = "File-backed disk",
        ConfigurationHelp = FileConfiguration.Help,
    };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) =>
        FileConfiguration.TryParse(configuration, out _, out string? reason) ? ConfigurationCheck.Valid : ConfigurationCheck.Invalid(reason);

    /// <inheritdoc/>
    public async ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken)
    {
        if (!FileConfiguration.TryParse(request.Configuration, out FileConfiguration? configuration, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        cancellationToken.ThrowIfCancellationRequested();
        AsyncFile file = await BackingFile.OpenAsync(request, configuration).ConfigureAwait(false);
        try
        {
            return new FileDevice(file, configuration, request, BackingFile.DecideSize(file, request));
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}

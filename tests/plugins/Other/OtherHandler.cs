// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.PluginLibrary;

[assembly: Handler(typeof(TcmuRunner.Handlers.Other.OtherHandler))]

namespace TcmuRunner.Handlers.Other;

/// <summary>Loads, and names the version of its library.</summary>
public sealed class OtherHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = "other",
        DisplayName = $"Other with library {Edition.Number}",
        ConfigurationHelp = "other/",
    };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ConfigurationCheck.Valid;

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        throw new HandlerException(HandlerErrorKind.NotSupported, "A test plugin opens no device.");
}

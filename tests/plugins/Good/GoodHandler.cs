// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.PluginLibrary;

[assembly: Handler(typeof(TcmuRunner.Handlers.Good.GoodHandler))]

namespace TcmuRunner.Handlers.Good;

/// <summary>Loads, and names the version of its library.</summary>
public sealed class GoodHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = "good",
        DisplayName = $"Good with library {Edition.Number}",
        ConfigurationHelp = "good/",
    };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ConfigurationCheck.Valid;

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        throw new HandlerException(HandlerErrorKind.NotSupported, "A test plugin opens no device.");
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Odd;

/// <summary>Has a subtype that no configuration string can start with.</summary>
public sealed class ShoutingHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new() { Subtype = "ODD!", DisplayName = "Shouting", ConfigurationHelp = "ODD!/" };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ConfigurationCheck.Valid;

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        throw new HandlerException(HandlerErrorKind.NotSupported, "A test plugin opens no device.");
}

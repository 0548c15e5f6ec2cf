// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Odd;

/// <summary>Loads, although the other handlers of its assembly do not.</summary>
public sealed class OddHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new() { Subtype = "odd", DisplayName = "Odd", ConfigurationHelp = "odd/" };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ConfigurationCheck.Valid;

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        throw new HandlerException(HandlerErrorKind.NotSupported, "A test plugin opens no device.");
}

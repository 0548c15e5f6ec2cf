// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Odd;

/// <summary>Another name of the handler beside it.</summary>
public sealed class PeculiarHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new() { Subtype = "peculiar", DisplayName = "Peculiar", ConfigurationHelp = "peculiar/" };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ConfigurationCheck.Valid;

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        throw new HandlerException(HandlerErrorKind.NotSupported, "A test plugin opens no device.");
}

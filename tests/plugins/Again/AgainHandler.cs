// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

[assembly: Handler(typeof(TcmuRunner.Handlers.Again.AgainHandler))]

namespace TcmuRunner.Handlers.Again;

/// <summary>Wants a subtype that another handler has.</summary>
public sealed class AgainHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new() { Subtype = "good", DisplayName = "Good again", ConfigurationHelp = "good/" };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ConfigurationCheck.Valid;

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        throw new HandlerException(HandlerErrorKind.NotSupported, "A test plugin opens no device.");
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

[assembly: Handler(typeof(TcmuRunner.Handlers.Future.FutureHandler), 99, 3)]

namespace TcmuRunner.Handlers.Future;

/// <summary>Would load if its contract were known.</summary>
public sealed class FutureHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new() { Subtype = "future", DisplayName = "Future", ConfigurationHelp = "future/" };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ConfigurationCheck.Valid;

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        throw new HandlerException(HandlerErrorKind.NotSupported, "A test plugin opens no device.");
}

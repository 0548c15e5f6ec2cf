// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Odd;

/// <summary>Cannot be made.</summary>
public sealed class ThrowingHandler : IHandler
{
    /// <summary>Fails, as a constructor does that looks for something.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public ThrowingHandler() => throw new InvalidOperationException("the moon is not full");

    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new() { Subtype = "odd", DisplayName = "Throwing", ConfigurationHelp = "odd/" };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => ConfigurationCheck.Valid;

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken) =>
        throw new HandlerException(HandlerErrorKind.NotSupported, "A test plugin opens no device.");
}

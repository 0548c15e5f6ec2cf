// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

[assembly: Handler(typeof(TcmuRunner.Handlers.Memory.MemoryHandler))]

namespace TcmuRunner.Handlers.Memory;

/// <summary>A disk in memory: <c>memory/</c>. The whole contract on one screen; start a handler of your own from a copy.</summary>
public sealed class MemoryHandler : IHandler
{
    /// <inheritdoc/>
    public HandlerDescription Description { get; } = new()
    {
        Subtype = "memory",
        DisplayName = "Disk in memory",
        ConfigurationHelp = "memory/   A disk in the daemon's memory; its data are gone when it is closed.",
    };

    /// <inheritdoc/>
    public ConfigurationCheck CheckConfiguration(ConfigurationString configuration) => configuration.Argument.Length == 0
        ? ConfigurationCheck.Valid
        : ConfigurationCheck.Invalid($"'{configuration.Argument}' is not understood: the memory handler takes no argument.");

    /// <inheritdoc/>
    public ValueTask<IHandlerDevice> OpenAsync(OpenRequest request, CancellationToken cancellationToken)
    {
        if (request.SizeBytes is not { } sizeBytes)
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"{request.DeviceName}: a disk in memory needs a size.");
        }

        try
        {
            return new(new MemoryDevice(sizeBytes));
        }
        catch (OutOfMemoryException full)
        {
            throw new HandlerException(HandlerErrorKind.NoSpace, $"{request.DeviceName}: there is no memory for {sizeBytes} bytes.", full);
        }
    }
}

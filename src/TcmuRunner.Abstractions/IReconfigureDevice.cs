// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Changes the configuration of an open device.</summary>
public interface IReconfigureDevice : IHandlerDevice
{
    /// <summary>Optional (<see cref="DeviceCapabilities.Reconfigure"/>). Takes over a new configuration string. Not called for the one in force.</summary>
    /// <param name="configuration">The new configuration; it has passed <see cref="IHandler.CheckConfiguration"/>.</param>
    /// <param name="cancellationToken">The device is going away.</param>
    /// <exception cref="HandlerException">The configuration is refused; nothing has changed.</exception>
    /// <remarks>Called on a control thread; may block. Commands go on meanwhile.</remarks>
    ValueTask ReconfigureAsync(ConfigurationString configuration, CancellationToken cancellationToken);
}

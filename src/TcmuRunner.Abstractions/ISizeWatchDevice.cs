// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Notices when somebody else changes the size of the backing store.</summary>
public interface ISizeWatchDevice : IHandlerDevice
{
    /// <summary>Optional (<see cref="DeviceCapabilities.SizeWatch"/>). Called once, before the first command: lends what hears of another size.</summary>
    /// <param name="observer">Valid until the device is disposed.</param>
    void Attach(ISizeObserver observer);
}

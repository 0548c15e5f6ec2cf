// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>A device whose image can be looked after while it is served.</summary>
public interface IImageDevice : IHandlerDevice
{
    /// <summary>Optional (<see cref="DeviceCapabilities.Image"/>). The image; valid until the device is disposed, and not to be disposed by the caller.</summary>
    /// <remarks>Its members are called on control threads while commands go on.</remarks>
    IImage Image { get; }
}

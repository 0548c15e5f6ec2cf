// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Front;

/// <summary>Opens devices.</summary>
internal interface ITcmuDeviceFactory
{
    /// <summary>Opens the handler's device; the kernel's is not touched before <see cref="ITcmuDevice.StartAsync"/>. May block.</summary>
    /// <exception cref="Abstractions.HandlerException">The handler refuses.</exception>
    Task<ITcmuDevice> OpenAsync(TcmuDeviceRequest request, CancellationToken cancellationToken);
}

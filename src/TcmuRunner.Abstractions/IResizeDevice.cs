// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Changes the size of an open device.</summary>
public interface IResizeDevice : IHandlerDevice
{
    /// <summary>Optional (<see cref="DeviceCapabilities.Resize"/>). Makes the backing store ready for a new size. The engine tells the initiators.</summary>
    /// <param name="sizeBytes">The new size, a positive multiple of the block size, different from the current one.</param>
    /// <param name="cancellationToken">The device is going away.</param>
    /// <exception cref="HandlerException">The size is not possible; nothing has changed.</exception>
    /// <remarks>Called on a control thread; may block. Reads and writes of the old size go on meanwhile.</remarks>
    ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken);
}

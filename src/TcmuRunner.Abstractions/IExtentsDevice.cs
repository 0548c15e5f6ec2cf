// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Says which ranges hold data. The rules of <see cref="IBlockDevice"/> apply.</summary>
public interface IExtentsDevice : IHandlerDevice
{
    /// <summary>Optional (<see cref="DeviceCapabilities.Extents"/>). Describes the extent that starts at an offset.</summary>
    /// <param name="offsetBytes">Where it starts; inside the device, a multiple of the block size.</param>
    /// <param name="lengthBytes">How far the caller is interested; the answer is cut there.</param>
    /// <param name="cancellationToken">The command was aborted.</param>
    /// <returns>An extent of at least one block: a block that is partly mapped is mapped.</returns>
    ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken);
}

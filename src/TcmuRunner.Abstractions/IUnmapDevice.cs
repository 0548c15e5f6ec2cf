// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Gives blocks back to the backing store. The rules of <see cref="IBlockDevice"/> apply.</summary>
public interface IUnmapDevice : IHandlerDevice
{
    /// <summary>
    /// Optional (<see cref="DeviceCapabilities.Unmap"/>). Deallocates a range. Where <see cref="DeviceCharacteristics.UnmappedReadsZero"/> is true all
    /// of the range reads as zeros afterwards, also the parts below the granularity.
    /// </summary>
    /// <param name="offsetBytes">First byte; a multiple of the block size, not necessarily of the granularity.</param>
    /// <param name="lengthBytes">How many bytes; never zero.</param>
    /// <param name="cancellationToken">The command was aborted.</param>
    /// <returns><see cref="IoOutcome.NotSupported"/>, having changed nothing, for a range that cannot be given back: the engine writes zeros.</returns>
    ValueTask<IoStatus> UnmapAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken);
}

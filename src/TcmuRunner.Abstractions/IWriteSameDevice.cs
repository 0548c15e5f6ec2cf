// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Writes one block many times. The rules of <see cref="IBlockDevice"/> apply.</summary>
public interface IWriteSameDevice : IHandlerDevice
{
    /// <summary>
    /// Optional (<see cref="DeviceCapabilities.WriteSame"/>). Fills a range with copies of one block. A device that is fast only for some
    /// patterns (zeros) returns <see cref="IoOutcome.NotSupported"/> for the others, having changed nothing, and the engine writes them.
    /// </summary>
    /// <param name="offsetBytes">First byte.</param>
    /// <param name="lengthBytes">How many bytes; never zero, a multiple of the block's length.</param>
    /// <param name="block">One logical block.</param>
    /// <param name="cancellationToken">The command was aborted.</param>
    ValueTask<IoStatus> WriteSameAsync(long offsetBytes, long lengthBytes, ScatterList block, CancellationToken cancellationToken);
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Makes writes durable. The rules of <see cref="IBlockDevice"/> apply.</summary>
public interface IFlushDevice : IHandlerDevice
{
    /// <summary>Optional (<see cref="DeviceCapabilities.Flush"/>). Every write, unmap and write-same that completed before the call is on stable
    /// storage when the operation completes.</summary>
    /// <param name="cancellationToken">The command was aborted.</param>
    ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken);
}

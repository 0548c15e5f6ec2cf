// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Compares and writes as one step. The rules of <see cref="IBlockDevice"/> apply.</summary>
public interface ICompareAndWriteDevice : IHandlerDevice
{
    /// <summary>Optional (<see cref="DeviceCapabilities.CompareAndWrite"/>). Writes <paramref name="data"/> if the device holds
    /// <paramref name="expected"/>, atomically for every user of the backing store.</summary>
    /// <param name="offsetBytes">First byte.</param>
    /// <param name="expected">What the device must hold.</param>
    /// <param name="data">What to write; as long as <paramref name="expected"/>.</param>
    /// <param name="cancellationToken">The command was aborted.</param>
    /// <returns><see cref="IoStatus.Miscompare"/> with the offset of the first difference, nothing written, when the device holds something else.</returns>
    ValueTask<IoStatus> CompareAndWriteAsync(long offsetBytes, ScatterList expected, ScatterList data, CancellationToken cancellationToken);
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Tcmu;

/// <summary>Answers every read and write at once and touches no data: what is left is the cost of the engine.</summary>
public sealed class NullDevice : IBlockDevice
{
    /// <inheritdoc/>
    public DeviceCharacteristics Characteristics { get; } = new() { SizeBytes = 1 << 20 };

    /// <inheritdoc/>
    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

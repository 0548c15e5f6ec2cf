// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi.Tests;

/// <summary>A disk of zeros, 2048 blocks of 512 bytes, whose size a test changes behind the engine's back.</summary>
internal sealed class WatchedDevice : IBlockDevice, IResizeDevice, ISizeWatchDevice
{
    private ISizeObserver? _observer;

    public DeviceCharacteristics Characteristics { get; private set; } = new()
    {
        SizeBytes = 2048 * 512,
        Capabilities = DeviceCapabilities.Resize | DeviceCapabilities.SizeWatch,
    };

    public void Attach(ISizeObserver observer) => _observer = observer;

    public void ChangeSize(int blocks)
    {
        Characteristics = Characteristics with { SizeBytes = blocks * 512L };
        _observer!.SizeChanged();
    }

    public ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        Characteristics = Characteristics with { SizeBytes = sizeBytes };
        return ValueTask.CompletedTask;
    }

    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        data.CopyFrom(new byte[data.Length]);
        return new(IoStatus.Good);
    }

    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) =>
        new(IoStatus.Good);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

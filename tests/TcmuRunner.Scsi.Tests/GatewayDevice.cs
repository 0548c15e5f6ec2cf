// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi.Tests;

/// <summary>What several gateways serve: bytes, and who may change them.</summary>
internal sealed class SharedStore
{
    public byte[] Bytes { get; } = new byte[Expect.BlockCount * Expect.BlockSize];

    public GatewayDevice? Holder { get; set; }

    public ushort? Tag { get; set; }
}

/// <summary>A gateway's way to a <see cref="SharedStore"/>. It refuses writes of a gateway that does not hold the lock, as a cluster does.</summary>
internal sealed class GatewayDevice(SharedStore store) : IBlockDevice, ILockDevice
{
    public DeviceCharacteristics Characteristics { get; } = new()
    {
        SizeBytes = Expect.BlockCount * Expect.BlockSize,
        Capabilities = DeviceCapabilities.Lock,
    };

    /// <summary>What the next attempts to take the lock wait for.</summary>
    public Task Acquisition { get; set; } = Task.CompletedTask;

    /// <summary>How the next attempts to take the lock end.</summary>
    public IoStatus Answer { get; set; } = IoStatus.Good;

    /// <summary>What the next writes wait for before they reach the store.</summary>
    public Task Writing { get; set; } = Task.CompletedTask;

    public int Attempts { get; private set; }

    public int Writes { get; private set; }

    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        data.CopyFrom(store.Bytes.AsSpan((int)offsetBytes, (int)data.Length));
        return new(IoStatus.Good);
    }

    public async ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        Writes++;
        Task writing = Writing;
        bool isHolder = store.Holder == this;
        await writing;
        if (!isHolder || store.Holder != this)
        {
            return IoOutcome.Fenced;
        }

        data.CopyTo(store.Bytes.AsSpan((int)offsetBytes, (int)data.Length));
        return IoStatus.Good;
    }

    public async ValueTask<IoStatus> AcquireLockAsync(ushort tag, CancellationToken cancellationToken)
    {
        Attempts++;
        await Acquisition;
        if (Answer.IsGood)
        {
            (store.Holder, store.Tag) = (this, tag);
        }

        return Answer;
    }

    public ValueTask<IoStatus> ReleaseLockAsync(CancellationToken cancellationToken)
    {
        if (store.Holder == this)
        {
            (store.Holder, store.Tag) = (null, null);
        }

        return new(IoStatus.Good);
    }

    public ValueTask<ushort?> ReadLockTagAsync(CancellationToken cancellationToken) => new(store.Tag);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Scsi;

/// <summary>
/// A disk in an array with every optional interface. What it promises, what it answers and when are a test's choice. Counts calls, and
/// separates what was written from what is durable, so that a test can cut the power.
/// </summary>
public sealed class TestDevice : IBlockDevice, IFlushDevice, IUnmapDevice, IWriteSameDevice, ICompareAndWriteDevice, IResizeDevice, IReconfigureDevice
{
    private readonly Lock _lock = new();
    private byte[] _bytes;
    private byte[] _durable;
    private int _running;

    /// <summary>Creates a device.</summary>
    /// <param name="characteristics">What it is and promises.</param>
    public TestDevice(DeviceCharacteristics characteristics)
    {
        Characteristics = characteristics;
        _bytes = new byte[characteristics.SizeBytes];
        _durable = new byte[characteristics.SizeBytes];
    }

    /// <inheritdoc/>
    public DeviceCharacteristics Characteristics { get; set; }

    /// <summary>What the device holds.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>What would be left after a power cut.</summary>
    public ReadOnlySpan<byte> Durable => _durable;

    /// <summary>Decides how the next operations end; gets the operation's name. Null: they succeed.</summary>
    public Func<string, IoStatus>? Outcome { get; set; }

    /// <summary>What an operation waits for before it does anything; null: nothing, it completes at once.</summary>
    public Func<string, CancellationToken, Task>? Delay { get; set; }

    /// <summary>The operations that were called, in order: "read", "write", "write-fua", "flush", "unmap", "write-same", "compare-and-write".</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>The most operations that ran at a time.</summary>
    public int MostOverlapping { get; private set; }

    /// <summary>Whether it was disposed.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>What <see cref="ResizeAsync"/> throws.</summary>
    public Exception? ResizeFailure { get; set; }

    /// <inheritdoc/>
    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) =>
        Run("read", () => { data.CopyFrom(_bytes.AsSpan((int)offsetBytes, (int)data.Length)); }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) =>
        Run(options == WriteOptions.None ? "write" : "write-fua", () => Store(offsetBytes, data, options), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) =>
        Run("flush", () => _bytes.CopyTo(_durable, 0), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> UnmapAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        Run("unmap", () => _bytes.AsSpan((int)offsetBytes, (int)lengthBytes).Clear(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> WriteSameAsync(long offsetBytes, long lengthBytes, ScatterList block, CancellationToken cancellationToken) =>
        Run("write-same", () => Repeat(offsetBytes, lengthBytes, block), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IoStatus> CompareAndWriteAsync(long offsetBytes, ScatterList expected, ScatterList data, CancellationToken cancellationToken) =>
        Run("compare-and-write", () => Exchange(offsetBytes, expected, data), cancellationToken);

    /// <inheritdoc/>
    public ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        if (ResizeFailure is not null)
        {
            throw ResizeFailure;
        }

        Array.Resize(ref _bytes, (int)sizeBytes);
        Array.Resize(ref _durable, (int)sizeBytes);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReconfigureAsync(ConfigurationString configuration, CancellationToken cancellationToken)
    {
        Calls.Enqueue($"reconfigure {configuration}");
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    private ValueTask<IoStatus> Run(string operation, Action action, CancellationToken cancellationToken) =>
        Run(operation, () => Succeed(action), cancellationToken);

    private static IoStatus Succeed(Action action)
    {
        action();
        return IoStatus.Good;
    }

    private ValueTask<IoStatus> Run(string operation, Func<IoStatus> action, CancellationToken cancellationToken)
    {
        Calls.Enqueue(operation);
        return Delay is null ? new(RunNow(operation, action)) : new(RunLaterAsync(operation, action, cancellationToken));
    }

    private async Task<IoStatus> RunLaterAsync(string operation, Func<IoStatus> action, CancellationToken cancellationToken)
    {
        MostOverlapping = Math.Max(MostOverlapping, Interlocked.Increment(ref _running));
        try
        {
            await Delay!(operation, cancellationToken).ConfigureAwait(false);
            return RunNow(operation, action);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private IoStatus RunNow(string operation, Func<IoStatus> action)
    {
        IoStatus status = Outcome?.Invoke(operation) ?? IoStatus.Good;
        if (!status.IsGood)
        {
            return status;
        }

        lock (_lock)
        {
            return action();
        }
    }

    private IoStatus Exchange(long offsetBytes, ScatterList expected, ScatterList data)
    {
        long difference = expected.IndexOfDifference(_bytes.AsSpan((int)offsetBytes, (int)expected.Length));
        if (difference >= 0)
        {
            return IoStatus.Miscompare(difference);
        }

        Store(offsetBytes, data, WriteOptions.None);
        return IoStatus.Good;
    }

    private void Store(long offsetBytes, ScatterList data, WriteOptions options)
    {
        Span<byte> target = _bytes.AsSpan((int)offsetBytes, (int)data.Length);
        data.CopyTo(target);
        if (options.HasFlag(WriteOptions.ForceUnitAccess))
        {
            target.CopyTo(_durable.AsSpan((int)offsetBytes));
        }
    }

    private void Repeat(long offsetBytes, long lengthBytes, ScatterList block)
    {
        for (long done = 0; done < lengthBytes; done += block.Length)
        {
            Store(offsetBytes + done, block, WriteOptions.None);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>One rule's use of a subject: opens devices as the engine does, calls them on the subject's loop and bounds every wait.</summary>
internal sealed class ConformanceSession(ConformanceSubject subject) : IAsyncDisposable
{
    // Keeps the engine's promise to a device that takes one operation at a time.
    private readonly SemaphoreSlim _turn = new(1);
    private IHandlerDevice? _device;

    public ConformanceSubject Subject { get; } = subject;

    public IHandler Handler { get; } = subject.CreateHandler();

    /// <summary>The same in every run, so that what fails once fails again.</summary>
    public Random Random { get; } = new(20261120);

    public IHandlerDevice Device => _device ?? throw new InvalidOperationException("The rule has not opened the device.");

    public IBlockDevice Block => Device as IBlockDevice
        ?? throw new ConformanceException(ConformanceOutcome.NotApplicable, "The device speaks SCSI itself and takes no reads and writes.");

    public int BlockSizeBytes => Subject.BlockSizeBytes;

    public static ConfigurationString Parse(string text)
    {
        Require.That(ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason), $"'{text}': {reason}");
        return configuration;
    }

    /// <summary>Opens the subject's device, which the session then closes.</summary>
    public async Task OpenAsync(bool isReopen = false) => _device = await OpenDeviceAsync(Subject.Configuration, isReopen);

    /// <summary>Opens the device for a rule that writes.</summary>
    public async Task OpenWritableAsync()
    {
        await OpenAsync();
        _ = Block;
        Require.Applies(!Device.Characteristics.IsReadOnly, "The device is read-only.");
    }

    /// <summary>Opens the device for a rule about an optional operation, and gives its interface.</summary>
    public async Task<T> OpenCapableAsync<T>(DeviceCapabilities capability)
        where T : class, IHandlerDevice
    {
        await OpenAsync();
        Require.Applies(Device.Characteristics.Capabilities.HasFlag(capability), $"The device does not promise {capability}.");
        return Device as T
            ?? throw new ConformanceException(ConformanceOutcome.Broken, $"The device promises {capability} and is no {typeof(T).Name}.");
    }

    /// <summary>Opens any device; the caller closes it.</summary>
    public async Task<IHandlerDevice> OpenDeviceAsync(string configuration, bool isReopen = false, CancellationToken cancellationToken = default)
    {
        var request = new OpenRequest
        {
            Configuration = Parse(configuration),
            DeviceName = "conformance/disk",
            BlockSizeBytes = Subject.BlockSizeBytes,
            SizeBytes = Subject.SizeBytes,
            IsReopen = isReopen,
            Files = Subject.Files,
            Logger = NullLogger.Instance,
        };
        return await Handler.OpenAsync(request, cancellationToken).AsTask().WaitAsync(Subject.Limit, CancellationToken.None);
    }

    public async Task CloseAsync()
    {
        if (_device is { } device)
        {
            _device = null;
            await device.DisposeAsync().AsTask().WaitAsync(Subject.Limit);
        }
    }

    /// <summary>Starts an operation where the engine would, on the loop, and waits for its end.</summary>
    public async Task<T> RunAsync<T>(Func<ValueTask<T>> operation)
    {
        bool isSerialized = Device.Characteristics.Threading == DeviceThreading.Serialized;
        if (isSerialized)
        {
            await _turn.WaitAsync(Subject.Limit);
        }

        try
        {
            Task<T>? running = null;
            if (Subject.Loop is { } loop)
            {
                await loop.InvokeAsync(() => running = operation().AsTask());
            }
            else
            {
                running = operation().AsTask();
            }

            T result = await running!.WaitAsync(Subject.Limit);
            // An operation that completes on the loop leaves us on its thread, which must not wait for anything.
            await Task.Yield();
            return result;
        }
        finally
        {
            if (isSerialized)
            {
                _turn.Release();
            }
        }
    }

    /// <summary>Reads a range into memory in pieces, and checks that nothing beside the pieces was touched.</summary>
    public async Task<byte[]> ReadAsync(long offsetBytes, params int[] pieces)
    {
        using var memory = new ScatteredMemory(pieces);
        memory.List.CopyFrom(Noise(memory.Length));
        Require.Good(await RunAsync(() => Block.ReadAsync(offsetBytes, memory.List, CancellationToken.None)), $"Reading {memory.Length} bytes at {offsetBytes}");
        Require.That(memory.IsGuardIntact, $"Reading {memory.Length} bytes at {offsetBytes} wrote beside its scatter list.");
        return memory.ToArray();
    }

    /// <summary>Writes a range from memory in pieces, and checks that the memory was only read.</summary>
    public async Task WriteAsync(long offsetBytes, byte[] data, WriteOptions options = WriteOptions.None, params int[] pieces)
    {
        using var memory = new ScatteredMemory(data, pieces.Length == 0 ? [data.Length] : pieces);
        Require.Good(await RunAsync(() => Block.WriteAsync(offsetBytes, memory.List, options, CancellationToken.None)), $"Writing {data.Length} bytes at {offsetBytes}");
        Require.That(memory.IsGuardIntact, $"Writing {data.Length} bytes at {offsetBytes} wrote beside its scatter list.");
        Require.Equal(data, memory.ToArray(), "A write changed the memory that it was lent");
    }

    /// <summary>Reads a range, in one piece if not told otherwise, and compares it.</summary>
    public async Task ExpectAsync(long offsetBytes, ReadOnlyMemory<byte> expected, string what, params int[] pieces)
    {
        byte[] actual = await ReadAsync(offsetBytes, pieces.Length == 0 ? [expected.Length] : pieces);
        Require.Equal(expected.Span, actual, what);
    }

    /// <summary>Reads the whole device and compares it.</summary>
    public async Task ExpectAllAsync(byte[] expected, string what)
    {
        byte[] actual = await ReadAllAsync();
        Require.Equal(expected, actual, what);
    }

    /// <summary>Reads the whole device.</summary>
    public async Task<byte[]> ReadAllAsync()
    {
        const int ChunkBytes = 1 << 20;
        byte[] all = new byte[Subject.SizeBytes];
        for (int offset = 0; offset < all.Length; offset += ChunkBytes)
        {
            (await ReadAsync(offset, Math.Min(ChunkBytes, all.Length - offset))).CopyTo(all, offset);
        }

        return all;
    }

    /// <summary>Fills the whole device with noise.</summary>
    /// <returns>What it holds now.</returns>
    public async Task<byte[]> FillAsync()
    {
        const int ChunkBytes = 1 << 20;
        byte[] all = Noise((int)Subject.SizeBytes);
        for (int offset = 0; offset < all.Length; offset += ChunkBytes)
        {
            await WriteAsync(offset, all[offset..Math.Min(offset + ChunkBytes, all.Length)]);
        }

        return all;
    }

    public byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        lock (Random)
        {
            Random.NextBytes(noise);
        }

        return noise;
    }

    /// <summary>A random range of whole blocks of at most so many blocks.</summary>
    public (int Offset, int Length) Range(int maximumBlocks)
    {
        int blocks = (int)(Subject.SizeBytes / BlockSizeBytes);
        int length = 1 + Random.Next(maximumBlocks);
        return (Random.Next(blocks - length + 1) * BlockSizeBytes, length * BlockSizeBytes);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _turn.Dispose();
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Memory;

/// <summary>An open disk in memory. Reads and writes finish at once on the calling thread; the bytes need no lock, as on a real disk.</summary>
internal sealed unsafe class MemoryDevice(long sizeBytes) : IBlockDevice, IUnmapDevice
{
    // Zeroed and populated by the kernel page by page, so an empty disk costs nothing.
    private byte* _bytes = (byte*)NativeMemory.AllocZeroed((nuint)sizeBytes);

    public DeviceCharacteristics Characteristics { get; } = new() { SizeBytes = sizeBytes, Capabilities = DeviceCapabilities.Unmap };

    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        foreach (Span<byte> segment in data)
        {
            new Span<byte>(_bytes + offsetBytes, segment.Length).CopyTo(segment);
            offsetBytes += segment.Length;
        }

        return new(IoStatus.Good);
    }

    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        foreach (Span<byte> segment in data)
        {
            segment.CopyTo(new Span<byte>(_bytes + offsetBytes, segment.Length));
            offsetBytes += segment.Length;
        }

        return new(IoStatus.Good);
    }

    public ValueTask<IoStatus> UnmapAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        NativeMemory.Clear(_bytes + offsetBytes, (nuint)lengthBytes);
        return new(IoStatus.Good);
    }

    public ValueTask DisposeAsync()
    {
        NativeMemory.Free(_bytes);
        _bytes = null;
        return ValueTask.CompletedTask;
    }
}

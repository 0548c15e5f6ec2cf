// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Buffers of one size that are used again. Thread safe. Dispose it after the last buffer has come back.</summary>
/// <param name="bufferBytes">Size of each buffer.</param>
/// <param name="maximumFree">How many are kept; more are freed when they come back.</param>
internal sealed class BufferPool(int bufferBytes, int maximumFree) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stack<IoBuffer> _free = new();

    /// <summary>Takes a buffer; what it holds is undefined.</summary>
    public IoBuffer Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out IoBuffer? buffer))
            {
                return buffer;
            }
        }

        return new IoBuffer(bufferBytes);
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(IoBuffer? buffer)
    {
        if (buffer is null)
        {
            return;
        }

        lock (_lock)
        {
            if (_free.Count < maximumFree)
            {
                _free.Push(buffer);
                return;
            }
        }

        buffer.Dispose();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            while (_free.TryPop(out IoBuffer? buffer))
            {
                buffer.Dispose();
            }
        }
    }
}

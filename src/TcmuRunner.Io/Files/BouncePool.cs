// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Io.Files;

/// <summary>Bounce buffers of one file, kept for the next operation that needs one. Thread safe.</summary>
internal sealed class BouncePool : IDisposable
{
    /// <summary>Buffers of this size are kept; it holds the largest request that Linux sends by default, with a block at each end.</summary>
    private const int KeptBytes = (1 << 20) + (2 * 4096);

    private const int MaximumKept = 8;

    private readonly Lock _lock = new();
    private readonly Stack<IoBuffer> _free = new(MaximumKept);

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

    internal IoBuffer Rent(int lengthBytes)
    {
        if (lengthBytes > KeptBytes)
        {
            return new IoBuffer(lengthBytes);
        }

        lock (_lock)
        {
            if (_free.TryPop(out IoBuffer? buffer))
            {
                return buffer;
            }
        }

        return new IoBuffer(KeptBytes);
    }

    internal void Return(IoBuffer buffer)
    {
        if (buffer.Length == KeptBytes)
        {
            lock (_lock)
            {
                if (_free.Count < MaximumKept)
                {
                    _free.Push(buffer);
                    return;
                }
            }
        }

        buffer.Dispose();
    }
}

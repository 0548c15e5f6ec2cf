// SPDX-License-Identifier: Apache-2.0
using System.Numerics;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>The data buffers of one loop, in powers of two. The loop's thread only.</summary>
/// <remarks>The last one given back is the first one given out: its bytes are likely to be in the processor's cache still.</remarks>
internal sealed class BufferPool : IDisposable
{
    private const int SmallestClass = 12;
    private const int LargestClass = 26;

    /// <summary>As long as a data segment of a login may be (RFC 7143 13.12).</summary>
    private const int ShortControl = 8192;

    /// <summary>How many times as much as stays free one holder may have.</summary>
    private const int ShareOfFree = 4;

    private readonly PooledBuffer?[] _free = new PooledBuffer?[LargestClass + 1];
    private readonly long _limitBytes;
    private long _rentedBytes;
    private long _freeBytes;
    private long _mostSinceTrim;

    /// <param name="limitBytes">How much may be given out at a time. One buffer is always given, so that there is progress.</param>
    internal BufferPool(long limitBytes) => _limitBytes = limitBytes;

    /// <summary>The largest buffer there is.</summary>
    internal const int MaximumLength = 1 << LargestClass;

    internal long RentedBytes => _rentedBytes;

    /// <summary>Memory that is held and not given out.</summary>
    internal long FreeBytes => _freeBytes;

    /// <summary>Gives a buffer out for the data of a command.</summary>
    /// <param name="lengthBytes">1 to <see cref="MaximumLength"/>.</param>
    /// <param name="heldBytes">What the session has already. It gets no more than four times what is then left, so that whoever comes next finds something too.</param>
    /// <returns>Null when that would be more than the limit or the session's share.</returns>
    internal PooledBuffer? Rent(int lengthBytes, long heldBytes)
    {
        long size = 1L << SizeClass(lengthBytes);
        bool isGreedy = heldBytes != 0 && heldBytes + size > ShareOfFree * (_limitBytes - _rentedBytes - size);
        return isGreedy ? null : RentWithin(lengthBytes, 0);
    }

    /// <summary>
    /// Gives a buffer out for a login, a ping or their answers: a short one also beyond the limit, so that an initiator whose commands hold all
    /// the memory keeps nobody else from logging in or from showing that it lives. A connection has one or two of them at a time.
    /// </summary>
    /// <param name="lengthBytes">1 to <see cref="MaximumLength"/>.</param>
    /// <returns>Null when it is not short and would be more than the limit.</returns>
    internal PooledBuffer? RentForControl(int lengthBytes) => RentWithin(lengthBytes, ShortControl);

    private static int SizeClass(int lengthBytes) => Math.Max(SmallestClass, BitOperations.Log2((uint)lengthBytes - 1) + 1);

    private PooledBuffer? RentWithin(int lengthBytes, int alwaysLength)
    {
        int sizeClass = SizeClass(lengthBytes);
        long size = 1L << sizeClass;
        if (lengthBytes > alwaysLength && _rentedBytes != 0 && _rentedBytes + size > _limitBytes)
        {
            return null;
        }

        _rentedBytes += size;
        _mostSinceTrim = Math.Max(_mostSinceTrim, _rentedBytes);
        PooledBuffer? buffer = _free[sizeClass];
        if (buffer is null)
        {
            return new PooledBuffer(sizeClass);
        }

        _free[sizeClass] = buffer.Next;
        _freeBytes -= size;
        return buffer;
    }

    /// <summary>Takes a buffer back.</summary>
    internal void Return(PooledBuffer buffer)
    {
        buffer.Next = _free[buffer.SizeClass];
        _free[buffer.SizeClass] = buffer;
        _rentedBytes -= buffer.Length;
        _freeBytes += buffer.Length;
    }

    /// <summary>Gives memory back to the system that was not needed since the last call.</summary>
    internal void Trim()
    {
        long keep = Math.Max(_mostSinceTrim - _rentedBytes, 0);
        _mostSinceTrim = _rentedBytes;
        for (int sizeClass = LargestClass; sizeClass >= SmallestClass; sizeClass--)
        {
            while (_freeBytes > keep && _free[sizeClass] is { } buffer)
            {
                _free[sizeClass] = buffer.Next;
                _freeBytes -= buffer.Length;
                buffer.Dispose();
            }
        }
    }

    public void Dispose()
    {
        _mostSinceTrim = 0;
        foreach (PooledBuffer? first in _free)
        {
            for (PooledBuffer? buffer = first; buffer is not null; buffer = buffer.Next)
            {
                buffer.Dispose();
            }
        }

        Array.Clear(_free);
        _freeBytes = 0;
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

internal sealed unsafe partial class LinuxFile
{
    /// <summary>
    /// The longest transfer that is tried on the calling thread. A cached megabyte is copied in 0.1 to 0.2 ms, and handing it to another thread
    /// costs two context switches and a cold cache, so up to here the copy is the smaller evil; a loop serves one device, so that it is only
    /// the device's own commands that wait. Longer ones are rare, and worth another processor.
    /// </summary>
    private const long InlineLimitBytes = 2 << 20;

    [ThreadStatic]
    private static VectorTable t_vectors;

    private readonly InlineWriteGovernor _writes = new();

    // Written by any loop; each only ever goes to false, and a stale value costs one more refused call.
    private bool _readsInline = true;

    /// <inheritdoc/>
    public override ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new(IoOutcome.Aborted);
        }

        if (data.IsEmpty)
        {
            return new(IoStatus.Good);
        }

        if (IsDirect)
        {
            return IsAlignedForDirect(offsetBytes, data)
                ? FileOperation.Rent(this).StartTransfer(FileStep.Read, offsetBytes, data, 0, mayBlock: false)
                : FileOperation.Rent(this).StartBouncedRead(offsetBytes, data);
        }

        bool isLong = data.Length > InlineLimitBytes;
        return !isLong && _readsInline && TryReadInline(ref offsetBytes, ref data, out IoStatus status)
            ? new(status)
            : FileOperation.Rent(this).StartTransfer(FileStep.Read, offsetBytes, data, 0, isLong);
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteAsync(
        long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new(IoOutcome.Aborted);
        }

        if (_facts.IsReadOnly)
        {
            return new(IoOutcome.WriteProtected);
        }

        if (data.IsEmpty)
        {
            return new(IoStatus.Good);
        }

        bool isForced = (options & WriteOptions.ForceUnitAccess) != 0;
        int flags = isForced ? Libc.RWF_DSYNC : 0;
        if (IsDirect)
        {
            return IsAlignedForDirect(offsetBytes, data)
                ? FileOperation.Rent(this).StartTransfer(FileStep.Write, offsetBytes, data, flags, mayBlock: false)
                : FileOperation.Rent(this).StartBouncedWrite(offsetBytes, data, flags);
        }

        bool isInline = !isForced && data.Length <= InlineLimitBytes && (_facts.IsInMemory || _writes.Allows());
        return isInline
            ? new(WriteInline(offsetBytes, data))
            : FileOperation.Rent(this).StartTransfer(FileStep.Write, offsetBytes, data, flags, mayBlock: true);
    }

    /// <summary>What a failed write means, for itself and for the next flush.</summary>
    internal IoStatus WriteFailed(int errno, int flags)
    {
        if ((flags & Libc.RWF_DSYNC) != 0 && errno == Errno.EIO)
        {
            // This write may have taken the report that belongs to another one's data: the next flush passes it on.
            Interlocked.Exchange(ref _owesFailure, 1);
        }

        return ErrnoStatus.From(errno, IoOutcome.WriteError);
    }

    /// <summary>Reads what is in the page cache.</summary>
    /// <param name="offset">First byte; on false moved to the first one that is missing.</param>
    /// <param name="data">Where to; on false the part that is missing.</param>
    /// <param name="status">How it ended, on true.</param>
    /// <returns>False when the rest has to be waited for.</returns>
    private bool TryReadInline(ref long offset, ref ScatterList data, out IoStatus status)
    {
        int flags = _facts.IsInMemory ? 0 : Libc.RWF_NOWAIT;
        while (true)
        {
            int count = t_vectors.Describe(data, out IoVector* vectors);
            nint got = Libc.PReadV2(Descriptor, vectors, count, offset, flags);
            status = IoStatus.Good;
            if (got == data.Length)
            {
                return true;
            }

            if (got < 0)
            {
                int errno = Libc.LastError;
                if (errno == Errno.EINTR)
                {
                    continue;
                }

                _readsInline &= errno is not (Errno.EOPNOTSUPP or Errno.EINVAL or Errno.ENOSYS);
                status = ErrnoStatus.From(errno, IoOutcome.ReadError);
                return errno != Errno.EAGAIN && _readsInline;
            }

            if (got == 0)
            {
                // The end of the file.
                data.Clear();
                return true;
            }

            offset += got;
            data = data.Slice(got);
        }
    }

    /// <summary>
    /// Writes into the page cache on this thread. That is a copy as long as the kernel does not make writers wait (too many dirty pages, a full
    /// journal, a block to read first); the governor notices when it does, and sends the next writes to kernel workers.
    /// </summary>
    /// <remarks>
    /// Not RWF_NOWAIT first: ext4 has it not for buffered writes, and xfs and btrfs refuse with it every block that is not allocated yet, which
    /// the plain call writes as quickly as any other.
    /// </remarks>
    private IoStatus WriteInline(long offset, ScatterList data)
    {
        long length = data.Length;
        InlineWriteGovernor.Attempt attempt = _facts.IsInMemory ? default : _writes.Begin();
        while (true)
        {
            int count = t_vectors.Describe(data, out IoVector* vectors);
            nint written = Libc.PWriteV2(Descriptor, vectors, count, offset, 0);
            if (written <= 0)
            {
                int errno = written < 0 ? Libc.LastError : Errno.EIO;
                if (errno == Errno.EINTR)
                {
                    continue;
                }

                return WriteFailed(errno, 0);
            }

            if (written == data.Length)
            {
                break;
            }

            offset += written;
            data = data.Slice(written);
        }

        if (!_facts.IsInMemory)
        {
            _writes.End(attempt, length);
        }

        return IoStatus.Good;
    }

    private bool IsAlignedForDirect(long offset, ScatterList data)
    {
        if (!IsAligned(offset | data.Length))
        {
            return false;
        }

        long memoryMask = _facts.MemoryAlignment - 1;
        foreach (Span<byte> segment in data)
        {
            // Pieces of whole blocks, so that a transfer that is continued stays aligned.
            fixed (byte* start = segment)
            {
                if (((long)start & memoryMask) != 0 || !IsAligned(segment.Length))
                {
                    return false;
                }
            }
        }

        return true;
    }
}

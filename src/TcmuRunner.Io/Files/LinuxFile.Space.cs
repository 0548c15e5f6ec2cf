// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

internal sealed partial class LinuxFile
{
    private const int PunchMode = Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE;
    private const int ZeroMode = Libc.FALLOC_FL_ZERO_RANGE | Libc.FALLOC_FL_KEEP_SIZE;

    private readonly Stack<ExtentOperation> _freeExtents = new();
    private readonly Lock _extentsLock = new();

    // Written by any loop; each only ever goes one way, and a stale value costs one more refused call.
    private bool _canPunch;
    private bool _canZero = true;

    // The kernel tells one caller that it lost data, then forgets both. These see to it that everybody concerned is told.
    private int _failedFlushes;
    private int _owesFailure;

    /// <summary>How many flushes have failed; a flush takes note at its start.</summary>
    internal int FailedFlushes => Volatile.Read(ref _failedFlushes);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new(IoOutcome.Aborted);
        }

        if (Interlocked.Exchange(ref _owesFailure, 0) != 0)
        {
            return new(IoOutcome.WriteError);
        }

        // Nothing was written, or there is nothing to write it to.
        return _facts.IsReadOnly || _facts.IsInMemory ? new(IoStatus.Good) : FileOperation.Rent(this).StartFlush();
    }

    /// <inheritdoc/>
    public override ValueTask<IoStatus> DeallocateAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        Allocate(PunchMode, _canPunch, offsetBytes, lengthBytes, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask<IoStatus> WriteZeroesAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        Allocate(ZeroMode, _canZero, offsetBytes, lengthBytes, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>On a worker thread always: the kernel may have to read the file system's metadata, and has no asynchronous call for that.</remarks>
    public override ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new(new Extent(0, ExtentState.Mapped, IoOutcome.Aborted));
        }

        if (IsBlockDevice)
        {
            return new(new Extent(lengthBytes, ExtentState.Mapped));
        }

        ExtentOperation? operation;
        lock (_extentsLock)
        {
            operation = _freeExtents.TryPop(out ExtentOperation? free) ? free : new ExtentOperation(this);
        }

        return operation.Start(offsetBytes, lengthBytes);
    }

    internal void ReturnExtentOperation(ExtentOperation operation)
    {
        lock (_extentsLock)
        {
            _freeExtents.Push(operation);
        }
    }

    /// <summary>What the end of a flush means.</summary>
    /// <param name="result">0 or the errno, negative.</param>
    /// <param name="failedBefore"><see cref="FailedFlushes"/> when it began.</param>
    internal IoStatus FlushEnded(int result, int failedBefore)
    {
        if (result >= 0)
        {
            // Another one has failed meanwhile and taken the report, also for what this one was to make durable.
            return FailedFlushes == failedBefore ? IoStatus.Good : IoOutcome.WriteError;
        }

        IoStatus status = ErrnoStatus.From(-result, IoOutcome.WriteError);
        if (status.Outcome is not (IoOutcome.OutOfResources or IoOutcome.Aborted))
        {
            Interlocked.Increment(ref _failedFlushes);
        }

        return status;
    }

    /// <summary>What the end of a fallocate means.</summary>
    /// <param name="mode">Its mode.</param>
    /// <param name="result">0 or the errno, negative.</param>
    internal IoStatus AllocateEnded(int mode, int result)
    {
        if (result >= 0)
        {
            return IoStatus.Good;
        }

        if (-result is Errno.EOPNOTSUPP or Errno.ENOSYS)
        {
            if (mode == PunchMode)
            {
                _canPunch = false;
            }
            else
            {
                _canZero = false;
            }
        }

        // A block device refuses ranges that are no whole sectors; the caller writes these.
        return -result == Errno.EINVAL && IsBlockDevice
            ? IoOutcome.NotSupported
            : ErrnoStatus.From(-result, IoOutcome.WriteError);
    }

    private ValueTask<IoStatus> Allocate(int mode, bool isPossible, long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new(IoOutcome.Aborted);
        }

        if (_facts.IsReadOnly)
        {
            return new(IoOutcome.WriteProtected);
        }

        if (!isPossible)
        {
            return new(IoOutcome.NotSupported);
        }

        return lengthBytes == 0 ? new(IoStatus.Good) : FileOperation.Rent(this).StartAllocate(mode, offsetBytes, lengthBytes);
    }
}

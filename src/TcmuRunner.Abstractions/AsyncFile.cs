// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>
/// An open file or block device whose operations do not block the calling loop: io_uring where the kernel has it, a worker pool where not,
/// and at once on the calling thread when the data is in the page cache.
/// </summary>
/// <remarks>
/// Thread safe; operations may overlap and do not allocate. An operation started on a loop completes on that loop; started elsewhere it
/// completes on any thread. Errors come back as <see cref="IoStatus"/>: ENOSPC and EDQUOT as <see cref="IoOutcome.NoSpace"/>, EROFS and EPERM
/// as <see cref="IoOutcome.WriteProtected"/>, ENOMEM and EAGAIN as <see cref="IoOutcome.OutOfResources"/>, everything else as
/// <see cref="IoOutcome.ReadError"/> or <see cref="IoOutcome.WriteError"/>. Interrupted and short transfers are continued inside.
/// Dispose only after every operation has completed.
/// </remarks>
public abstract class AsyncFile : IAsyncDisposable
{
    /// <summary>The path it was opened with.</summary>
    public abstract string Path { get; }

    /// <summary>Whether it is a block device.</summary>
    public abstract bool IsBlockDevice { get; }

    /// <summary>Physical block size in bytes of a block device; preferred I/O size of a file.</summary>
    public abstract int PhysicalBlockSizeBytes { get; }

    /// <summary>Whether the file system or device can give ranges back (<see cref="DeallocateAsync"/>). Found out at open, without a change to the file.</summary>
    public abstract bool CanDeallocate { get; }

    /// <summary>Whether the storage below does not rotate, as far as the kernel knows.</summary>
    public abstract bool IsSolidState { get; }

    /// <summary>The length in bytes, asked from the kernel each time. Blocks briefly; for control threads.</summary>
    /// <exception cref="HandlerException">The kernel does not say.</exception>
    public abstract long GetLength();

    /// <summary>Sets the length of a regular file; growing makes a hole. Blocks; for control threads.</summary>
    /// <param name="lengthBytes">The new length in bytes.</param>
    /// <exception cref="HandlerException">It cannot be set.</exception>
    public abstract void SetLength(long lengthBytes);

    /// <summary>Fills <paramref name="data"/> from the file. What lies beyond the end of the file reads as zeros.</summary>
    /// <param name="offsetBytes">First byte.</param>
    /// <param name="data">Where to; lent until the operation completes.</param>
    /// <param name="cancellationToken">Gives up where the kernel allows.</param>
    public abstract ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken);

    /// <summary>Writes <paramref name="data"/> to the file, which grows as needed.</summary>
    /// <param name="offsetBytes">First byte.</param>
    /// <param name="data">What to write; lent until the operation completes.</param>
    /// <param name="options"><see cref="WriteOptions.ForceUnitAccess"/> is honoured.</param>
    /// <param name="cancellationToken">Gives up where the kernel allows.</param>
    public abstract ValueTask<IoStatus> WriteAsync(
        long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken);

    /// <summary>Makes everything written so far durable (fdatasync).</summary>
    /// <remarks>The kernel reports data that it could not write back once and forgets them. No failure is swallowed: it is the result of every
    /// flush that was under way, or of the next one where another operation has met it. Later flushes speak of what was written since.</remarks>
    /// <param name="cancellationToken">Gives up where the kernel allows.</param>
    public abstract ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken);

    /// <summary>Gives a range back; it reads as zeros afterwards and the length stays.</summary>
    /// <param name="offsetBytes">First byte.</param>
    /// <param name="lengthBytes">How many bytes.</param>
    /// <param name="cancellationToken">Gives up where the kernel allows.</param>
    /// <returns><see cref="IoOutcome.NotSupported"/>, with nothing changed, where the file system cannot.</returns>
    public abstract ValueTask<IoStatus> DeallocateAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken);

    /// <summary>Makes a range read as zeros, fast, keeping the space allocated.</summary>
    /// <param name="offsetBytes">First byte.</param>
    /// <param name="lengthBytes">How many bytes.</param>
    /// <param name="cancellationToken">Gives up where the kernel allows.</param>
    /// <returns><see cref="IoOutcome.NotSupported"/>, with nothing changed, where the file system cannot.</returns>
    public abstract ValueTask<IoStatus> WriteZeroesAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken);

    /// <summary>Describes the extent that starts at an offset (SEEK_DATA, SEEK_HOLE); what lies beyond the end is a hole.</summary>
    /// <param name="offsetBytes">Where it starts.</param>
    /// <param name="lengthBytes">How far the caller is interested; the answer is cut there.</param>
    /// <param name="cancellationToken">Gives up where the kernel allows.</param>
    public abstract ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>Makes ranges of a file read as zeros, by whatever means the file has.</summary>
internal static class DataZeroer
{
    private const int ChunkBytes = 1 << 20;

    /// <summary>Gives a range back, or zeroes it, or writes zeros.</summary>
    public static async ValueTask<IoStatus> ZeroAsync(AsyncFile file, long offset, long length, CancellationToken cancellationToken)
    {
        IoStatus status = file.CanDeallocate
            ? await file.DeallocateAsync(offset, length, cancellationToken).ConfigureAwait(false)
            : IoOutcome.NotSupported;
        if (status.Outcome == IoOutcome.NotSupported)
        {
            status = await file.WriteZeroesAsync(offset, length, cancellationToken).ConfigureAwait(false);
        }

        return status.Outcome == IoOutcome.NotSupported ? await WriteZerosAsync(file, offset, length, cancellationToken).ConfigureAwait(false) : status;
    }

    private static async ValueTask<IoStatus> WriteZerosAsync(AsyncFile file, long offset, long length, CancellationToken cancellationToken)
    {
        using var zeros = new IoBuffer((int)Math.Min(length, ChunkBytes));
        IoStatus status = IoStatus.Good;
        for (long done = 0; done < length && status.IsGood; done += zeros.Length)
        {
            long chunk = Math.Min(zeros.Length, length - done);
            status = await file.WriteAsync(offset + done, zeros.List.Slice(0, chunk), WriteOptions.None, cancellationToken).ConfigureAwait(false);
        }

        return status;
    }
}

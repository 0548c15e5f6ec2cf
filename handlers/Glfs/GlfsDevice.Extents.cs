// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs;

/// <content>Which ranges hold data, as lseek(2) with SEEK_DATA and SEEK_HOLE tells it.</content>
internal sealed partial class GlfsDevice
{
    // lseek(2): behind the offset there is no data.
    private const int ENXIO = 6;

    // libgfapi has no such call that does not block, and a brick that does not answer must not collect threads: one at a time.
    private readonly SemaphoreSlim _extents = new(1, 1);

    public async ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        // The bricks do not know what the volume's write-behind still has: to call that a hole would lose it in a copy.
        IoStatus flushed = _configuration.IsReadOnly ? IoStatus.Good : await FlushAsync(cancellationToken).ConfigureAwait(false);
        if (!flushed.IsGood)
        {
            return new Extent(0, ExtentState.Mapped, flushed.Outcome);
        }

        await _extents.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            return await BlockingCall.RunAsync(() => FindExtent(offsetBytes, lengthBytes)).ConfigureAwait(false);
        }
        finally
        {
            _extents.Release();
        }
    }

    private Extent FindExtent(long offsetBytes, long lengthBytes)
    {
        long data = LibGfapi.glfs_lseek(_file.Handle, offsetBytes, LibGfapi.SEEK_DATA);
        if (data < 0)
        {
            return Failed(Marshal.GetLastPInvokeError(), lengthBytes);
        }

        // The bricks' pieces may be finer than the disk's blocks: one that is partly mapped is mapped.
        long hole = Math.Min(data - offsetBytes, lengthBytes);
        hole -= hole % _blockSizeBytes;
        if (hole > 0)
        {
            return new Extent(hole, ExtentState.Deallocated);
        }

        long end = LibGfapi.glfs_lseek(_file.Handle, data, LibGfapi.SEEK_HOLE);
        if (end < 0)
        {
            return Failed(Marshal.GetLastPInvokeError(), lengthBytes);
        }

        // Somebody may have punched a hole meanwhile: a block at least is told.
        long mapped = Math.Max(end - offsetBytes, 1) + _blockSizeBytes - 1;
        return new Extent(Math.Min(mapped - (mapped % _blockSizeBytes), lengthBytes), ExtentState.Mapped);
    }

    // A volume that cannot say, as one with shards, has data everywhere.
    private Extent Failed(int errno, long lengthBytes) => errno switch
    {
        ENXIO => new Extent(lengthBytes, ExtentState.Deallocated),
        NativeErrno.EOPNOTSUPP or NativeErrno.ENOSYS or NativeErrno.EINVAL => new Extent(lengthBytes, ExtentState.Mapped),
        _ => new Extent(0, ExtentState.Mapped, GlfsStatus.From(errno, _configuration.KeepsLock, IoOutcome.ReadError)),
    };
}

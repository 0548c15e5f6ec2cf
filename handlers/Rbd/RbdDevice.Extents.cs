// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <content>Which ranges hold data.</content>
internal sealed partial class RbdDevice
{
    // An answer costs a question to the cluster for each object of the range: an initiator that asks about a whole disk gets it in pieces.
    private const int ObjectsPerQuestion = 64;

    // librbd has no such call that does not block, and a cluster that does not answer must not collect threads: one at a time.
    private readonly SemaphoreSlim _extents = new(1, 1);

    public async ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        RbdImage image = _image;
        if (!image.TryEnter())
        {
            return new Extent(0, ExtentState.Mapped, IoOutcome.NotReady);
        }

        try
        {
            await _extents.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            try
            {
                return await BlockingCall.RunAsync(() => FindExtent(image, offsetBytes, lengthBytes)).ConfigureAwait(false);
            }
            finally
            {
                _extents.Release();
            }
        }
        finally
        {
            image.Exit();
        }
    }

    private unsafe Extent FindExtent(RbdImage image, long offsetBytes, long lengthBytes)
    {
        long window = image.Facts.ObjectSizeBytes * ObjectsPerQuestion;
        long asked = Math.Min(lengthBytes, window - (offsetBytes % window));
        var search = new ExtentSearch { First = -1 };
        int result = LibRbd.rbd_diff_iterate2(image.Handle, null, (ulong)offsetBytes, (ulong)asked, 1, 0, &Found, &search);
        if (result < 0)
        {
            Failed(image, result);
            return new Extent(0, ExtentState.Mapped, RbdStatus.From(result, IoOutcome.ReadError));
        }

        // The cluster's pieces may be finer than the disk's blocks: one that is partly mapped is mapped.
        if (search.First < 0)
        {
            return new Extent(asked, ExtentState.Deallocated);
        }

        long hole = search.First - offsetBytes;
        hole -= hole % _blockSizeBytes;
        long mapped = search.End - offsetBytes + _blockSizeBytes - 1;
        return hole > 0
            ? new Extent(hole, ExtentState.Deallocated)
            : new Extent(Math.Min(mapped - (mapped % _blockSizeBytes), asked), ExtentState.Mapped);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static unsafe int Found(ulong offset, nuint length, int exists, void* argument)
    {
        var search = (ExtentSearch*)argument;
        if (exists != 0 && search->First < 0)
        {
            search->First = (long)offset;
            search->End = (long)(offset + length);
        }
        else if (exists != 0 && (long)offset <= search->End)
        {
            search->End = Math.Max(search->End, (long)(offset + length));
        }

        return 0;
    }

    // The first range with data, and how far the ranges go that adjoin it.
    private struct ExtentSearch
    {
        public long First;
        public long End;
    }
}

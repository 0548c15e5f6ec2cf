// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>An open disk in an image. Byte n of the disk is byte n of the image; librbd does the work, and no call of it blocks a loop.</summary>
internal sealed unsafe partial class RbdDevice
    : IBlockDevice, IFlushDevice, IUnmapDevice, IWriteSameDevice, ICompareAndWriteDevice, IExtentsDevice, IResizeDevice, IReconfigureDevice,
      ISizeWatchDevice
{
    private const int SectorBytes = 512;

    private readonly RbdImageOpener _opener;
    private readonly RbdConfiguration _configuration;
    private readonly string _name;
    private readonly int _blockSizeBytes;
    private readonly long _atomicBytes;
    private readonly ILogger _logger;
    private readonly NativeOperationPool<RbdOperation> _operations = new(static () => new RbdOperation());

    // Read once per operation. Replaced when the cluster has shut the connection out.
    private volatile RbdImage _image;
    private int _isDisposed;

    /// <summary>Takes over <paramref name="image"/>: it is closed with the device.</summary>
    public RbdDevice(RbdImage image, RbdImageOpener opener, RbdConfiguration configuration, OpenRequest request, long sizeBytes)
    {
        _image = image;
        _opener = opener;
        _configuration = configuration;
        _name = request.DeviceName;
        _blockSizeBytes = request.BlockSizeBytes;
        _atomicBytes = LibRbd.ComparesStripeUnits ? image.Facts.StripeUnitBytes : SectorBytes;
        _logger = request.Logger;
        _imageBytes = image.Facts.SizeBytes;
        Characteristics = Describe(image.Facts, sizeBytes);
    }

    public DeviceCharacteristics Characteristics { get; private set; }

    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        if (!TryBegin(offsetBytes, IoOutcome.ReadError, out RbdOperation? operation, out IoStatus refusal))
        {
            return new(refusal);
        }

        IoVector* vectors = operation.Vectors(data, out int count);
        return operation.Submitted(
            operation.Start(), LibRbd.rbd_aio_readv(operation.Image, vectors, count, (ulong)offsetBytes, operation.Completion));
    }

    // Without librbd's cache, which this device never switches on by itself, a write is in the cluster when it completes: FUA needs no more.
    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        if (!TryBegin(offsetBytes, IoOutcome.WriteError, out RbdOperation? operation, out IoStatus refusal))
        {
            return new(refusal);
        }

        IoVector* vectors = operation.Vectors(data, out int count);
        return operation.Submitted(
            operation.Start(), LibRbd.rbd_aio_writev(operation.Image, vectors, count, (ulong)offsetBytes, operation.Completion));
    }

    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) =>
        TryBegin(0, IoOutcome.WriteError, out RbdOperation? operation, out IoStatus refusal)
            ? operation.Submitted(operation.Start(), LibRbd.rbd_aio_flush(operation.Image, operation.Completion))
            : new(refusal);

    public ValueTask<IoStatus> UnmapAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        if (!TryBegin(offsetBytes, IoOutcome.WriteError, out RbdOperation? operation, out IoStatus refusal))
        {
            return new(refusal);
        }

        // Writing zeros gives whole objects back and zeroes the rest; a discard leaves what is smaller than its granularity as it is.
        return operation.Submitted(
            operation.Start(),
            LibRbd.ZeroesExactly
                ? LibRbd.rbd_aio_write_zeroes(operation.Image, (ulong)offsetBytes, (nuint)lengthBytes, operation.Completion, 0, 0)
                : LibRbd.rbd_aio_discard(operation.Image, (ulong)offsetBytes, (ulong)lengthBytes, operation.Completion));
    }

    public ValueTask<IoStatus> WriteSameAsync(long offsetBytes, long lengthBytes, ScatterList block, CancellationToken cancellationToken)
    {
        if (LibRbd.ZeroesExactly && block.IsZero())
        {
            return UnmapAsync(offsetBytes, lengthBytes, cancellationToken);
        }

        if (!TryBegin(offsetBytes, IoOutcome.WriteError, out RbdOperation? operation, out IoStatus refusal))
        {
            return new(refusal);
        }

        int length = (int)block.Length;
        byte* pattern = operation.Buffer(length);
        block.CopyTo(new Span<byte>(pattern, length));
        return operation.Submitted(
            operation.Start(),
            LibRbd.rbd_aio_writesame(operation.Image, (ulong)offsetBytes, (nuint)lengthBytes, pattern, (nuint)length, operation.Completion, 0));
    }

    public ValueTask<IoStatus> CompareAndWriteAsync(long offsetBytes, ScatterList expected, ScatterList data, CancellationToken cancellationToken)
    {
        // The cluster compares and writes within one sector, or one stripe unit where the library can; the engine does the rest under a lock of its own.
        int length = (int)expected.Length;
        if (offsetBytes / _atomicBytes != (offsetBytes + length - 1) / _atomicBytes)
        {
            return new(IoOutcome.NotSupported);
        }

        if (!TryBegin(offsetBytes, IoOutcome.WriteError, out RbdOperation? operation, out IoStatus refusal))
        {
            return new(refusal);
        }

        byte* compared = operation.Compare(expected, data);
        return operation.Submitted(
            operation.Start(),
            LibRbd.rbd_aio_compare_and_write(
                operation.Image, (ulong)offsetBytes, (nuint)length, compared, compared + length, operation.Completion, operation.Mismatch, 0));
    }

    private bool TryBegin(long offsetBytes, IoOutcome failure, [NotNullWhen(true)] out RbdOperation? operation, out IoStatus refusal)
    {
        operation = null;
        refusal = IoOutcome.NotReady;
        RbdImage image = _image;
        if (!image.TryEnter())
        {
            return false;
        }

        operation = _operations.Rent();
        if (operation.TryPrepare(this, image, offsetBytes, failure))
        {
            return true;
        }

        operation.Abandon();
        operation = null;
        refusal = IoOutcome.OutOfResources;
        return false;
    }
}

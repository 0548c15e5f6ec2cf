// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <content>What the disk is, size, closing.</content>
internal sealed partial class RbdDevice
{
    // What BlueStore, Ceph's way to keep objects, writes at least.
    private const int PhysicalBlockBytes = 4096;

    /// <summary>The size of a disk in an image: the one asked for, or the image's own in whole blocks.</summary>
    /// <exception cref="HandlerException"><see cref="HandlerErrorKind.SizeMismatch"/>: the image has another size.</exception>
    public static long DecideSize(RbdImage image, RbdConfiguration configuration, OpenRequest request)
    {
        long imageBytes = image.Facts.SizeBytes;
        if (request.SizeBytes is not { } sizeBytes)
        {
            long wholeBlocks = imageBytes - (imageBytes % request.BlockSizeBytes);
            return wholeBlocks > 0
                ? wholeBlocks
                : throw new HandlerException(
                    HandlerErrorKind.SizeMismatch,
                    $"{request.DeviceName}: the image '{configuration.Specification}' has {imageBytes} bytes, less than one block of {request.BlockSizeBytes}.");
        }

        // An image that has grown while no daemon ran is the first half of a resize; the second half is to tell the disk.
        if (imageBytes == sizeBytes || (request.IsReopen && imageBytes > sizeBytes))
        {
            if (imageBytes != sizeBytes)
            {
                Log.LargerThanDevice(request.Logger, request.DeviceName, configuration.Specification, imageBytes, sizeBytes);
            }

            return sizeBytes;
        }

        throw new HandlerException(
            HandlerErrorKind.SizeMismatch,
            $"{request.DeviceName}: the image '{configuration.Specification}' has {imageBytes} bytes and the disk {sizeBytes}: make the disk as large as the image, or change the image with 'rbd resize'.");
    }

    /// <summary>
    /// Takes over a new size. A smaller image grows with the disk. A larger one stays: the administrator has made it so before, or the disk
    /// shrinks, and what lies behind its end comes back when it grows again.
    /// </summary>
    public async ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        RbdImage image = _image;
        if (!image.TryEnter())
        {
            throw new HandlerException(HandlerErrorKind.Busy, $"{_name}: the image '{_configuration.Specification}' is closing.");
        }

        try
        {
            await _sizing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                _imageBytes = await BlockingCall.RunAsync(() => Grow(image, sizeBytes)).ConfigureAwait(false);
                Characteristics = Characteristics with { SizeBytes = sizeBytes };
            }
            finally
            {
                _sizing.Release();
            }
        }
        finally
        {
            image.Exit();
        }
    }

    /// <summary>Accepts another way of writing the configuration in force; everything else needs the image to be opened anew.</summary>
    public ValueTask ReconfigureAsync(ConfigurationString configuration, CancellationToken cancellationToken)
    {
        if (!RbdConfiguration.TryParse(configuration, out RbdConfiguration? wanted, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        // Whether a missing image may be made matters at the next open only.
        return wanted with { MayCreate = _configuration.MayCreate } == _configuration
            ? ValueTask.CompletedTask
            : throw new HandlerException(
                HandlerErrorKind.NotSupported,
                $"{_name}: an open device stays with '{_configuration.Specification}' and its options; remove the device and create it with the new ones.");
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await _reopening.ConfigureAwait(false);
        await _reporting.ConfigureAwait(false);
        await _image.CloseAsync().ConfigureAwait(false);
        _extents.Dispose();
        _sizing.Dispose();
        _closing.Dispose();
        _operations.Dispose();
    }

    // Gives the size that the image has then.
    private long Grow(RbdImage image, long sizeBytes)
    {
        int result = image.GetSize(out long imageBytes);
        if (result >= 0 && imageBytes < sizeBytes && !_configuration.IsReadOnly)
        {
            result = LibRbd.rbd_resize(image.Handle, (ulong)sizeBytes);
        }
        else if (result >= 0 && imageBytes < sizeBytes)
        {
            throw new HandlerException(HandlerErrorKind.SizeMismatch, $"{_name}: '{_configuration.Specification}' is read-only and has {imageBytes} bytes; {sizeBytes} were asked for.");
        }
        else if (imageBytes > sizeBytes)
        {
            Log.LargerThanDevice(_logger, _name, _configuration.Specification, imageBytes, sizeBytes);
        }

        if (result < 0)
        {
            throw new HandlerException(
                HandlerErrorKind.Failed, $"{_name}: the image '{_configuration.Specification}' cannot be given {sizeBytes} bytes (error {-result}).");
        }

        return Math.Max(imageBytes, sizeBytes);
    }

    private DeviceCharacteristics Describe(RbdImageFacts facts, long sizeBytes)
    {
        DeviceCapabilities always = DeviceCapabilities.Extents | DeviceCapabilities.Resize | DeviceCapabilities.Reconfigure;
        always |= _configuration.IsReadOnly ? DeviceCapabilities.None : DeviceCapabilities.SizeWatch;
        DeviceCapabilities forWriting = DeviceCapabilities.Flush | DeviceCapabilities.Unmap | DeviceCapabilities.WriteSame;
        forWriting |= facts.HasWriteCache ? DeviceCapabilities.None : DeviceCapabilities.ForceUnitAccess;
        forWriting |= _blockSizeBytes > _atomicBytes ? DeviceCapabilities.None : DeviceCapabilities.CompareAndWrite;
        bool hasLock = (facts.Features & LibRbd.RBD_FEATURE_EXCLUSIVE_LOCK) != 0 && !_configuration.IsShared;
        forWriting |= hasLock ? DeviceCapabilities.Lock : DeviceCapabilities.None;
        long granularity = Math.Max(facts.DiscardGranularityBytes, _blockSizeBytes);
        return new DeviceCharacteristics
        {
            SizeBytes = sizeBytes,
            Capabilities = _configuration.IsReadOnly ? always : always | forWriting,
            IsReadOnly = _configuration.IsReadOnly,
            HasVolatileWriteCache = facts.HasWriteCache && !_configuration.IsReadOnly,
            IsSolidState = facts.IsSolidState,
            PhysicalBlockSizeBytes = Math.Max(PhysicalBlockBytes, _blockSizeBytes),
            OptimalTransferBytes = facts.ObjectSizeBytes,
            UnmapGranularityBytes = granularity - (granularity % _blockSizeBytes),
            UnmappedReadsZero = LibRbd.ZeroesExactly,
        };
    }
}

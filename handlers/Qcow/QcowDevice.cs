// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Engine;

namespace TcmuRunner.Handlers.Qcow;

/// <summary>An open disk in an image: maps the handler contract to <see cref="ImageLayer"/>.</summary>
/// <remarks>Thread safe.</remarks>
internal sealed class QcowDevice
    : IBlockDevice, IFlushDevice, IUnmapDevice, IWriteSameDevice, IExtentsDevice, IResizeDevice, IReconfigureDevice, IImageDevice
{
    private const int MaximumPhysicalBlockBytes = 4096;

    private readonly ImageLayer _image;
    private readonly QcowConfiguration _configuration;
    private readonly string _name;
    private readonly int _blockSizeBytes;
    private bool _isDisposed;

    /// <summary>Takes over <paramref name="image"/>: it is closed with the device.</summary>
    /// <exception cref="HandlerException">The image's size does not fit the device's.</exception>
    public QcowDevice(ImageLayer image, QcowConfiguration configuration, OpenRequest request)
    {
        _image = image;
        _configuration = configuration;
        _name = request.DeviceName;
        _blockSizeBytes = request.BlockSizeBytes;
        CheckSize(image, request);
        Image = new QcowImage(image);
        Characteristics = Describe();
    }

    public DeviceCharacteristics Characteristics { get; private set; }

    public IImage Image { get; }

    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) =>
        _image.ReadAsync(offsetBytes, data, cancellationToken);

    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) =>
        _image.WriteAsync(offsetBytes, data, options, cancellationToken);

    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => _image.FlushAsync(cancellationToken);

    public ValueTask<IoStatus> UnmapAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        _image.ZeroAsync(offsetBytes, lengthBytes, mayUnmap: true, cancellationToken);

    public ValueTask<IoStatus> WriteSameAsync(long offsetBytes, long lengthBytes, ScatterList block, CancellationToken cancellationToken) =>
        block.IsZero() ? _image.ZeroAsync(offsetBytes, lengthBytes, mayUnmap: false, cancellationToken) : new(IoOutcome.NotSupported);

    public async ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        Extent extent = await _image.GetExtentAsync(offsetBytes, lengthBytes, cancellationToken).ConfigureAwait(false);
        long fraction = extent.LengthBytes % _blockSizeBytes;
        if (!extent.Status.IsGood || fraction == 0)
        {
            return extent;
        }

        // Subclusters, and the end of a backing file, may be finer than the disk's blocks: one that is partly mapped is mapped.
        long wholeBlocks = extent.LengthBytes - fraction;
        return extent.State == ExtentState.Deallocated && wholeBlocks > 0
            ? extent with { LengthBytes = wholeBlocks }
            : new Extent(wholeBlocks + _blockSizeBytes, ExtentState.Mapped);
    }

    /// <summary>Makes the image larger while it is served. A smaller one would lose data, and is refused.</summary>
    public async ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        if (sizeBytes < _image.SizeBytes)
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch,
                $"{_name}: '{_image.Path}' holds a disk of {_image.SizeBytes} bytes; making it {sizeBytes} would lose data. Remove the device and use 'qemu-img resize --shrink' if that is meant.");
        }

        await _image.GrowAsync(sizeBytes, cancellationToken).ConfigureAwait(false);
        Characteristics = Characteristics with { SizeBytes = sizeBytes };
    }

    /// <summary>Accepts another way of writing the configuration in force; everything else needs the image to be opened anew.</summary>
    public ValueTask ReconfigureAsync(ConfigurationString configuration, CancellationToken cancellationToken)
    {
        if (!QcowConfiguration.TryParse(configuration, out QcowConfiguration? wanted, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        return wanted == _configuration
            ? ValueTask.CompletedTask
            : throw new HandlerException(
                HandlerErrorKind.NotSupported,
                $"{_name}: an open device stays with '{_configuration.Path}' and its options; remove the device and create it with the new ones.");
    }

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isDisposed, true) ? ValueTask.CompletedTask : _image.DisposeAsync();

    private static void CheckSize(ImageLayer image, OpenRequest request)
    {
        long imageBytes = image.SizeBytes;
        if (imageBytes == 0 || imageBytes % request.BlockSizeBytes != 0)
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch,
                $"'{image.Path}' holds a disk of {imageBytes} bytes, which is no number of whole blocks of {request.BlockSizeBytes} bytes.");
        }

        if (request.SizeBytes is { } wanted && wanted != imageBytes)
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch,
                $"'{image.Path}' holds a disk of {imageBytes} bytes; the device should have {wanted}. Create the device with the image's size, or resize the image ('qemu-img resize').");
        }
    }

    private DeviceCharacteristics Describe()
    {
        const DeviceCapabilities Always =
            DeviceCapabilities.Extents | DeviceCapabilities.Resize | DeviceCapabilities.Reconfigure | DeviceCapabilities.Image;
        DeviceCapabilities forWriting = DeviceCapabilities.Flush | DeviceCapabilities.ForceUnitAccess | DeviceCapabilities.WriteSame
            | (_image.CanUnmap ? DeviceCapabilities.Unmap : DeviceCapabilities.None);
        return new DeviceCharacteristics
        {
            SizeBytes = _image.SizeBytes,
            Capabilities = _image.IsReadOnly ? Always : Always | forWriting,
            IsReadOnly = _image.IsReadOnly,
            HasVolatileWriteCache = !_image.IsReadOnly,
            PhysicalBlockSizeBytes = Math.Max(_blockSizeBytes, Math.Min(_image.UnmapGranularityBytes, MaximumPhysicalBlockBytes)),
            UnmapGranularityBytes = Math.Max(_blockSizeBytes, _image.UnmapGranularityBytes),
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.File;

/// <summary>
/// An open disk in a file. Byte n of the disk is byte n of the file, and <see cref="AsyncFile"/> does the work: what is here maps the one
/// contract to the other.
/// </summary>
/// <remarks>Thread safe: it has no state of its own but the characteristics, which only control calls replace.</remarks>
internal sealed class FileDevice
    : IBlockDevice, IFlushDevice, IUnmapDevice, IWriteSameDevice, IExtentsDevice, IResizeDevice, IReconfigureDevice
{
    // The page cache works in pages whatever the file system prefers, and mkfs takes a larger physical block at its word.
    private const int MaximumFileBlockBytes = 4096;

    private readonly AsyncFile _file;
    private readonly FileConfiguration _configuration;
    private readonly string _name;
    private readonly int _blockSizeBytes;
    private readonly ILogger _logger;

    /// <summary>Takes over <paramref name="file"/>: it is closed with the device.</summary>
    public FileDevice(AsyncFile file, FileConfiguration configuration, OpenRequest request, long sizeBytes)
    {
        _file = file;
        _configuration = configuration;
        _name = request.DeviceName;
        _blockSizeBytes = request.BlockSizeBytes;
        _logger = request.Logger;
        Characteristics = Describe(sizeBytes);
    }

    public DeviceCharacteristics Characteristics { get; private set; }

    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) =>
        _file.ReadAsync(offsetBytes, data, cancellationToken);

    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) =>
        _file.WriteAsync(offsetBytes, data, options, cancellationToken);

    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => _file.FlushAsync(cancellationToken);

    // Punching a hole zeroes what is smaller than a block of the file system, so every range reads as zeros.
    public ValueTask<IoStatus> UnmapAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        _file.DeallocateAsync(offsetBytes, lengthBytes, cancellationToken);

    public ValueTask<IoStatus> WriteSameAsync(long offsetBytes, long lengthBytes, ScatterList block, CancellationToken cancellationToken) =>
        block.IsZero() ? _file.WriteZeroesAsync(offsetBytes, lengthBytes, cancellationToken) : new(IoOutcome.NotSupported);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        Extent extent = await _file.GetExtentAsync(offsetBytes, lengthBytes, cancellationToken).ConfigureAwait(false);
        long fraction = extent.LengthBytes % _blockSizeBytes;
        if (!extent.Status.IsGood || fraction == 0)
        {
            return extent;
        }

        // The file system's blocks, or the file's end, may be finer than the disk's blocks: one that is partly mapped is mapped.
        long wholeBlocks = extent.LengthBytes - fraction;
        return extent.State == ExtentState.Deallocated && wholeBlocks > 0
            ? extent with { LengthBytes = wholeBlocks }
            : new Extent(wholeBlocks + _blockSizeBytes, ExtentState.Mapped);
    }

    /// <summary>
    /// Grows a file at once, so that a limit of the file system is told now and not as a write error later. Never truncates one: what lies
    /// behind the new end stays in the file, and comes back when the disk grows again.
    /// </summary>
    public ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        long lengthBytes = _file.GetLength();
        BackingFile.CheckCapacity(_file, lengthBytes, sizeBytes);
        if (lengthBytes > sizeBytes)
        {
            Log.LargerThanDevice(_logger, _name, _file.Path, lengthBytes, sizeBytes);
        }
        else if (lengthBytes < sizeBytes && !_configuration.IsReadOnly)
        {
            _file.SetLength(sizeBytes);
        }

        Characteristics = Characteristics with { SizeBytes = sizeBytes };
        return ValueTask.CompletedTask;
    }

    /// <summary>Accepts another way of writing the configuration in force; everything else needs the file to be opened anew.</summary>
    public ValueTask ReconfigureAsync(ConfigurationString configuration, CancellationToken cancellationToken)
    {
        if (!FileConfiguration.TryParse(configuration, out FileConfiguration? wanted, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        // Whether a missing file may be made matters at the next open only.
        return wanted with { MayRecreate = _configuration.MayRecreate } == _configuration
            ? ValueTask.CompletedTask
            : throw new HandlerException(
                HandlerErrorKind.NotSupported,
                $"{_name}: an open device stays with '{_configuration.Path}' and its options; remove the device and create it with the new ones.");
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    private DeviceCharacteristics Describe(long sizeBytes)
    {
        int physicalBlockBytes = PhysicalBlockBytes();
        DeviceCapabilities always = DeviceCapabilities.Extents | DeviceCapabilities.Resize | DeviceCapabilities.Reconfigure;
        DeviceCapabilities forWriting = DeviceCapabilities.Flush | DeviceCapabilities.ForceUnitAccess | DeviceCapabilities.WriteSame
            | (_file.CanDeallocate ? DeviceCapabilities.Unmap : DeviceCapabilities.None);
        return new DeviceCharacteristics
        {
            SizeBytes = sizeBytes,
            Capabilities = _configuration.IsReadOnly ? always : always | forWriting,
            IsReadOnly = _configuration.IsReadOnly,
            HasVolatileWriteCache = !_configuration.IsReadOnly,
            IsSolidState = _file.IsSolidState,
            PhysicalBlockSizeBytes = physicalBlockBytes,
            UnmapGranularityBytes = physicalBlockBytes,
        };
    }

    private int PhysicalBlockBytes()
    {
        int bytes = _file.IsBlockDevice ? _file.PhysicalBlockSizeBytes : Math.Min(_file.PhysicalBlockSizeBytes, MaximumFileBlockBytes);
        return BitOperations.IsPow2(bytes) ? Math.Max(bytes, _blockSizeBytes) : _blockSizeBytes;
    }
}

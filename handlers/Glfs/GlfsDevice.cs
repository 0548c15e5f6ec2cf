// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>An open disk in a file of a volume. Byte n of the disk is byte n of the file; no call of libgfapi's blocks a loop.</summary>
internal sealed partial class GlfsDevice
    : IBlockDevice, IFlushDevice, IUnmapDevice, IWriteSameDevice, IExtentsDevice, IResizeDevice, IReconfigureDevice
{
    private const int PhysicalBlockBytes = 4096;

    private readonly GlfsConfiguration _configuration;
    private readonly string _name;
    private readonly int _blockSizeBytes;
    private readonly ILogger _logger;
    private readonly GlfsFile _file;
    private readonly NativeOperationPool<GlfsOperation> _operations = new(static () => new GlfsOperation());
    private int _isDisposed;

    /// <summary>Takes over <paramref name="file"/>: it is closed with the device.</summary>
    public GlfsDevice(GlfsFile file, GlfsConfiguration configuration, OpenRequest request, long sizeBytes)
    {
        _file = file;
        _configuration = configuration;
        _name = request.DeviceName;
        _blockSizeBytes = request.BlockSizeBytes;
        _logger = request.Logger;
        Characteristics = Describe(sizeBytes);
    }

    public DeviceCharacteristics Characteristics { get; private set; }

    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        GlfsOperation operation = Prepare(IoOutcome.ReadError, mayBeUnsupported: false);
        return operation.Submitted(operation.Start(), operation.Read(_file.Handle, offsetBytes, data));
    }

    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        GlfsOperation operation = Prepare(IoOutcome.WriteError, mayBeUnsupported: false);
        return operation.Submitted(operation.Start(), operation.Write(_file.Handle, offsetBytes, data));
    }

    public unsafe ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        GlfsOperation operation = Prepare(IoOutcome.WriteError, mayBeUnsupported: false);
        return operation.Submitted(operation.Start(), LibGfapi.glfs_fdatasync_async(_file.Handle, GfapiCallback.Function, operation.Argument));
    }

    public unsafe ValueTask<IoStatus> UnmapAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        GlfsOperation operation = Prepare(IoOutcome.WriteError, mayBeUnsupported: true);
        return operation.Submitted(
            operation.Start(), LibGfapi.glfs_discard_async(_file.Handle, offsetBytes, (nuint)lengthBytes, GfapiCallback.Function, operation.Argument));
    }

    // Where a brick's file system cannot zero a range, as with any other pattern, the engine writes the blocks.
    public unsafe ValueTask<IoStatus> WriteSameAsync(long offsetBytes, long lengthBytes, ScatterList block, CancellationToken cancellationToken)
    {
        if (!block.IsZero())
        {
            return new(IoOutcome.NotSupported);
        }

        GlfsOperation operation = Prepare(IoOutcome.WriteError, mayBeUnsupported: true);
        return operation.Submitted(
            operation.Start(), LibGfapi.glfs_zerofill_async(_file.Handle, offsetBytes, lengthBytes, GfapiCallback.Function, operation.Argument));
    }

    /// <summary>Takes over a new size. A shorter file grows with the disk; a longer one stays, and what lies behind the end comes back when it grows again.</summary>
    public async ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        await BlockingCall.RunAsync(() => Grow(sizeBytes)).ConfigureAwait(false);
        Characteristics = Characteristics with { SizeBytes = sizeBytes };
    }

    /// <summary>Accepts another way of writing the configuration in force; everything else needs the file to be opened anew.</summary>
    public ValueTask ReconfigureAsync(ConfigurationString configuration, CancellationToken cancellationToken)
    {
        if (!GlfsConfiguration.TryParse(configuration, out GlfsConfiguration? wanted, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        // Whether a missing file may be made matters at the next open only.
        return wanted with { MayCreate = _configuration.MayCreate } == _configuration
            ? ValueTask.CompletedTask
            : throw new HandlerException(
                HandlerErrorKind.NotSupported,
                $"{_name}: an open device stays with '{_configuration.Path}' and its options; remove the device and create it with the new ones.");
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            // Not on this thread, which may be the library's own and would wait for itself.
            if (await BlockingCall.RunAsync(_file.Close).ConfigureAwait(false) < 0)
            {
                Log.CannotClose(_logger, _name, _configuration.Path);
            }

            _extents.Dispose();
            _operations.Dispose();
        }
    }

    private GlfsOperation Prepare(IoOutcome failure, bool mayBeUnsupported)
    {
        GlfsOperation operation = _operations.Rent();
        operation.Prepare(failure, _configuration.KeepsLock, mayBeUnsupported);
        return operation;
    }

    private void Grow(long sizeBytes)
    {
        long length = _file.GetLength(_name);
        if (length > sizeBytes)
        {
            Log.LargerThanDevice(_logger, _name, _configuration.Path, length, sizeBytes);
        }
        else if (length < sizeBytes && _configuration.IsReadOnly)
        {
            throw new HandlerException(HandlerErrorKind.SizeMismatch, $"{_name}: '{_configuration.Path}' is read-only and has {length} bytes; {sizeBytes} were asked for.");
        }
        else if (length < sizeBytes)
        {
            _file.SetLength(_name, sizeBytes);
        }
    }

    private DeviceCharacteristics Describe(long sizeBytes)
    {
        DeviceCapabilities always = DeviceCapabilities.Extents | DeviceCapabilities.Resize | DeviceCapabilities.Reconfigure;
        DeviceCapabilities forWriting = DeviceCapabilities.Flush | DeviceCapabilities.Unmap | DeviceCapabilities.WriteSame;
        return new DeviceCharacteristics
        {
            SizeBytes = sizeBytes,
            Capabilities = _configuration.IsReadOnly ? always : always | forWriting,
            IsReadOnly = _configuration.IsReadOnly,

            // The volume's write-behind answers before the bricks have the data; the engine flushes for FUA.
            HasVolatileWriteCache = !_configuration.IsReadOnly,
            PhysicalBlockSizeBytes = Math.Max(PhysicalBlockBytes, _blockSizeBytes),
            UnmapGranularityBytes = Math.Max(PhysicalBlockBytes, _blockSizeBytes),
        };
    }
}

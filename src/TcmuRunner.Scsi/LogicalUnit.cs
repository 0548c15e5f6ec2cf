// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>
/// A SCSI disk in front of a handler's device: checks every command, answers what it can, and passes reads and writes on. Knows nothing of the
/// front that commands come from. Used from any number of loops at a time.
/// </summary>
public sealed partial class LogicalUnit : IAsyncDisposable
{
    // Reading these needs no lock: a command takes one look and goes by that. Changes are made under _control, one at a time.
    private volatile BackingDevice _device;
    private volatile BlockLimits _limits;
    private volatile bool _writeCacheEnabled;
    private volatile bool _isSoftwareWriteProtected;
    private long _blockCount;
    private int _commandsInFlight;

    private readonly IHandler _handler;
    private readonly LogicalUnitOptions _options;
    private readonly ILogger _logger;
    private readonly RangeLock _ranges = new();
    private readonly SerialGate? _gate;
    private readonly IoBuffer _zeroBlock;
    private readonly UnitMonitor _monitor;
    private readonly double _nanosecondsPerTick;

    private LogicalUnit(IHandler handler, BackingDevice device, LogicalUnitOptions options, ConfigurationString configuration, ILogger logger)
    {
        _handler = handler;
        _device = device;
        _options = options;
        _configuration = configuration;
        _logger = logger;
        _limits = new BlockLimits(device, options.MaximumTransferBlocks);
        _blockCount = (device.Zoned is null ? options.SizeBytes ?? device.Characteristics.SizeBytes : device.Characteristics.SizeBytes) >> device.BlockShift;
        _writeCacheEnabled = device.HasVolatileCache && (options.WriteCache ?? true);
        _gate = device.IsSerialized ? new SerialGate() : null;
        _zeroBlock = new IoBuffer(device.BlockSizeBytes);
        _faultLimiter = new LogLimiter(options.TimeProvider);
        _fullLimiter = new LogLimiter(options.TimeProvider);
        _slowLimiter = new LogLimiter(options.TimeProvider);
        _monitor = options.Monitor ?? UnitMonitor.Unwatched;
        _nanosecondsPerTick = 1e9 / options.TimeProvider.TimestampFrequency;
        _failover = device.Lock is { } gatewayLock ? new FailoverLock(gatewayLock, options, _monitor, TellStatesChanged, logger) : null;
    }

    /// <summary>The name for messages.</summary>
    public string Name => _options.Name;

    /// <summary>Logical block size in bytes.</summary>
    public int BlockSizeBytes => _device.BlockSizeBytes;

    /// <summary>Capacity in blocks.</summary>
    public long BlockCount => Volatile.Read(ref _blockCount);

    /// <summary>Whether the write cache is on: WCE of the caching mode page.</summary>
    public bool WriteCacheEnabled => _writeCacheEnabled;

    /// <summary>Commands that were executed and have not completed.</summary>
    public int CommandsInFlight => Volatile.Read(ref _commandsInFlight);

    /// <summary>The image that is served, to look after it; null where there is none.</summary>
    public IImage? Image => _device.Image?.Image;

    /// <summary>Whether UNMAP works.</summary>
    internal bool CanUnmap => _device.Unmap is not null;

    /// <summary>Finds the handler, checks the configuration and opens the device. For control threads.</summary>
    /// <exception cref="HandlerException">It could not be opened, with the reason.</exception>
    public static async ValueTask<LogicalUnit> OpenAsync(
        IHandlerCatalog catalog, IAsyncFileSystem files, LogicalUnitOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        if (!ConfigurationString.TryParse(options.Configuration, out ConfigurationString? configuration, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"{options.Name}: {reason}");
        }

        if (!catalog.TryGet(configuration.Subtype, out IHandler? handler))
        {
            string known = string.Join(", ", catalog.Handlers.Select(known => known.Description.Subtype).Order(StringComparer.Ordinal));
            throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration, $"{options.Name}: there is no handler '{configuration.Subtype}'; loaded are: {known}.");
        }

        CheckConfiguration(options.Name, handler, configuration);
        BackingDevice.CheckBlockSize(options.Name, options.BlockSizeBytes);
        if (options.SizeBytes is { } size && (size <= 0 || size % options.BlockSizeBytes != 0))
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch, $"{options.Name}: {size} bytes are not a positive multiple of the block size {options.BlockSizeBytes}.");
        }

        var request = new OpenRequest
        {
            Configuration = configuration,
            DeviceName = options.Name,
            BlockSizeBytes = options.BlockSizeBytes,
            SizeBytes = options.SizeBytes,
            IsReopen = options.IsReopen,
            Files = files,
            Logger = logger,
        };
        IHandlerDevice opened = await OpenDeviceAsync(handler, request, cancellationToken).ConfigureAwait(false);
        try
        {
            BackingDevice device = BackingDevice.Create(opened, options.Name, options.BlockSizeBytes);
            CheckFits(device, options);
            var unit = new LogicalUnit(handler, device, options, configuration, logger);
            device.Zoned?.Attach(unit);
            unit.RestoreReservations();
            unit.RestoreMedium();
            device.SizeWatch?.Attach(unit);
            unit._monitor.Opened();
            unit._failover?.Start();
            return unit;
        }
        catch
        {
            await opened.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void CheckConfiguration(string name, IHandler handler, ConfigurationString configuration)
    {
        ConfigurationCheck check;
        try
        {
            check = handler.CheckConfiguration(configuration);
        }
        catch (Exception exception) when (exception is not HandlerException)
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"{name}: the handler failed to check '{configuration}'.", exception);
        }

        if (!check.IsValid)
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"{name}: {check.Reason}");
        }
    }

    private static async ValueTask<IHandlerDevice> OpenDeviceAsync(IHandler handler, OpenRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await handler.OpenAsync(request, cancellationToken).ConfigureAwait(false)
                ?? throw new HandlerException(HandlerErrorKind.Failed, $"{request.DeviceName}: the handler opened no device.");
        }
        catch (Exception exception) when (exception is not (HandlerException or OperationCanceledException))
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"{request.DeviceName}: '{request.Configuration}' could not be opened: {exception.Message}", exception);
        }
    }

    private static void CheckFits(BackingDevice device, LogicalUnitOptions options)
    {
        if (options.SizeBytes is { } size && size > device.Characteristics.SizeBytes && device.Zoned is null)
        {
            throw new HandlerException(
                HandlerErrorKind.SizeMismatch,
                $"{options.Name}: the backing store holds {device.Characteristics.SizeBytes} bytes, {size} are wanted.");
        }
    }
}

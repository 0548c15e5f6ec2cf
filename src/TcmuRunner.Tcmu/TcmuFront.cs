// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.ConfigFs;
using TcmuRunner.Tcmu.Front;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu;

/// <summary>Serves the kernel's TCMU devices: adopts those that exist, and follows what administrators create, change and remove.</summary>
/// <remarks>
/// Events come on the netlink thread, which only looks the device up; each device does its work in its own turn, different devices at the
/// same time. Each event that wants a reply gets exactly one, when its work has ended.
/// </remarks>
public sealed partial class TcmuFront : IAsyncDisposable
{
    private readonly TcmuFrontOptions _options;
    private readonly FrontServices _services;
    private readonly Func<bool> _isPrivileged;
    private readonly ILogger _logger;
    private readonly ReconnectingNetlink _netlink;

    // Guards the table, the events under way, and the order of events against both.
    private readonly Lock _sync = new();
    private readonly Dictionary<int, DeviceController> _devices = [];
    private readonly HashSet<Task> _underWay = [];
    private int _foreignCount;
    private bool _isStarted;
    private bool _isStopping;

    /// <summary>Creates a front; nothing happens before <see cref="StartAsync"/>.</summary>
    /// <param name="options">How it behaves.</param>
    /// <param name="catalog">The handlers.</param>
    /// <param name="files">What handlers open files with.</param>
    /// <param name="loggerFactory">Makes the loggers.</param>
    /// <param name="timeProvider">Measures pauses and limits.</param>
    public TcmuFront(
        TcmuFrontOptions options, IHandlerCatalog catalog, IAsyncFileSystem files, ILoggerFactory loggerFactory, TimeProvider timeProvider)
        : this(
            options,
            catalog,
            new TcmuDeviceFactory(options, catalog, files, loggerFactory, timeProvider),
            new AttributeFiles(),
            NetlinkSocket.Open,
            static () => Environment.IsPrivilegedProcess,
            loggerFactory.CreateLogger<TcmuFront>(),
            timeProvider)
    {
    }

    internal TcmuFront(
        TcmuFrontOptions options,
        IHandlerCatalog catalog,
        ITcmuDeviceFactory factory,
        IAttributeFiles attributeFiles,
        Func<INetlinkSocket> openSocket,
        Func<bool> isPrivileged,
        ILogger logger,
        TimeProvider timeProvider)
    {
        _options = options;
        _isPrivileged = isPrivileged;
        _logger = logger;
        _services = new FrontServices(
            options,
            catalog,
            factory,
            new TcmuConfigFs(attributeFiles, options.Paths),
            new OpenGate(options.MaximumParallelOpens, options.OpenSlotLimit, timeProvider),
            logger,
            timeProvider,
            NoteChange);
        _netlink = new ReconnectingNetlink(
            openSocket, this, options.RetryInterval, options.MaximumRetryInterval, logger, timeProvider);
    }

    /// <summary>The devices of this front, in the order of their UIO numbers. Any thread.</summary>
    public IReadOnlyList<TcmuDeviceStatus> Devices =>
        [.. Controllers().OrderBy(controller => controller.Minor).Select(controller => controller.GetStatus())];

    /// <summary>How many TCMU devices had a subtype that no loaded handler has, when they were last looked for.</summary>
    public int ForeignDeviceCount => Volatile.Read(ref _foreignCount);

    /// <summary>The same as <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    private TcmuConfigFs ConfigFs => _services.ConfigFs;

    private DeviceController[] Controllers()
    {
        lock (_sync)
        {
            return [.. _devices.Values];
        }
    }

    private bool IsForeign(UioName name) => !_services.Catalog.TryGet(name.Subtype, out _);
}

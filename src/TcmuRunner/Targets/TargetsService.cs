// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Iscsi;
using TcmuRunner.Scsi;

namespace TcmuRunner.Targets;

/// <summary>
/// Runs the iSCSI front from a targets file: reads it at start and at SIGHUP, opens the disks, and applies all of it or nothing. A change from
/// outside is a change of the file. The front begins with the first text: without a file there is none, and it costs nothing.
/// </summary>
internal sealed partial class TargetsService : IHostedService, IAsyncDisposable
{
    /// <summary>Where reservations that outlive a power cut are kept.</summary>
    private const string StateDirectory = "/var/lib/tcmu-runner";

    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(100);

    private readonly string _path;
    private readonly IHandlerCatalog _catalog;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly IscsiFrontOptions _options;
    private readonly UnitMonitors? _monitors;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _closing = [];
    private volatile Dictionary<StorageDescription, LogicalUnit> _units = [];
    private volatile IReadOnlyList<StorageDescription> _opening = [];
    private volatile IscsiFront? _front;
    private string? _appliedText;
    private PosixSignalRegistration? _reload;

    /// <param name="path">The file.</param>
    /// <param name="options">How the front runs.</param>
    /// <param name="catalog">The handlers.</param>
    /// <param name="loggers">Makes the loggers of front and units.</param>
    /// <param name="monitors">Count and time the commands of the disks; null for nobody.</param>
    internal TargetsService(string path, IscsiFrontOptions options, IHandlerCatalog catalog, ILoggerFactory loggers, UnitMonitors? monitors = null)
    {
        _monitors = monitors;
        _path = path;
        _options = options;
        _catalog = catalog;
        _loggers = loggers;
        _logger = loggers.CreateLogger<TargetsService>();
    }

    /// <summary>The front, once there is something to serve.</summary>
    internal IscsiFront? Front => _front;

    /// <summary>The disks that are served, and those that are being opened. Any thread.</summary>
    internal IReadOnlyList<ServedUnit> Units
    {
        get
        {
            Dictionary<StorageDescription, LogicalUnit> units = _units;
            return
            [
                .. units.Select(unit => new ServedUnit(
                    ServedUnit.NameOf(unit.Key), IsServing: true, unit.Value.BlockCount * unit.Value.BlockSizeBytes, unit.Value.CommandsInFlight)),
                .. _opening.Select(ServedUnit.NameOf).Except(units.Keys.Select(ServedUnit.NameOf)).Select(name => new ServedUnit(name, IsServing: false, 0, 0)),
            ];
        }
    }

    /// <summary>Tells that targets or sessions have changed. On any thread, which it must not keep.</summary>
    internal event Action? Changed;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (File.Exists(_path))
        {
            try
            {
                await ReadAndApplyAsync(cancellationToken);
            }
            catch (Exception exception) when (IsForUsers(exception))
            {
                throw new DaemonException(DaemonErrorKind.TargetsFile, $"{_path}: {exception.Message}", exception);
            }
        }

        _reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _ = TryReloadAsync();
        });
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _reload?.Dispose();
        await _stopping.CancelAsync();
        if (_front is { } front)
        {
            await front.StopAsync(cancellationToken);
        }

        await CloseAsync(_units.Values);
        _units = [];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await Task.WhenAll(_closing);
        _turn.Dispose();
        _stopping.Dispose();
    }

    /// <summary>The configuration string of a unit that is served; empty for one that has just gone.</summary>
    internal string ConfigurationOf(LogicalUnit unit) => _units.FirstOrDefault(known => known.Value == unit).Key?.Configuration ?? "";

    /// <summary>Whether an exception is an answer to whoever asked for the change, and not a mistake of the program.</summary>
    internal static bool IsForUsers(Exception exception) =>
        exception is TargetsException or IscsiException or HandlerException or IOException or UnauthorizedAccessException;

    private Task<LogicalUnit> OpenAsync(StorageDescription storage, IscsiFront front, CancellationToken cancellationToken) =>
        UnitOpener.OpenAsync(
            storage, front, _options, _catalog, _loggers, StateDirectory, _monitors?.Get(ServedUnit.NameOf(storage)), cancellationToken);

    private async Task CloseAsync(IEnumerable<LogicalUnit> units)
    {
        foreach (LogicalUnit unit in units)
        {
            if (unit.CommandsInFlight > 0)
            {
                // What a handler still works on must not be taken from under it.
                _closing.Add(CloseLaterAsync(unit));
                continue;
            }

            await CloseAsync(unit);
        }
    }

    private async Task CloseLaterAsync(LogicalUnit unit)
    {
        while (unit.CommandsInFlight > 0)
        {
            await Task.Delay(s_lookAgain, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
            {
                // It ends with the process.
                return;
            }
        }

        await CloseAsync(unit);
    }

    private async Task CloseAsync(LogicalUnit unit)
    {
        try
        {
            await unit.DisposeAsync();
        }
        catch (HandlerException exception)
        {
            _logger.UnitNotClosed(unit.Name, exception.Message);
        }
    }
}

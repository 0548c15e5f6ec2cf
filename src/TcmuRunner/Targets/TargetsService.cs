// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Iscsi;
using TcmuRunner.Scsi;

namespace TcmuRunner.Targets;

/// <summary>Runs the iSCSI front from a targets file: reads it at start and at SIGHUP, opens the disks, and applies all of it or nothing.</summary>
internal sealed class TargetsService : IHostedService, IAsyncDisposable
{
    /// <summary>Where reservations that outlive a power cut are kept.</summary>
    private const string StateDirectory = "/var/lib/tcmu-runner";

    private readonly string _path;
    private readonly IHandlerCatalog _catalog;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly IscsiFrontOptions _options;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Dictionary<StorageDescription, LogicalUnit> _units = [];
    private IscsiFront? _front;
    private PosixSignalRegistration? _reload;

    /// <param name="path">The file.</param>
    /// <param name="options">How the front runs.</param>
    /// <param name="catalog">The handlers.</param>
    /// <param name="loggers">Makes the loggers of front and units.</param>
    internal TargetsService(string path, IscsiFrontOptions options, IHandlerCatalog catalog, ILoggerFactory loggers)
    {
        _path = path;
        _options = options;
        _catalog = catalog;
        _loggers = loggers;
        _logger = loggers.CreateLogger<TargetsService>();
    }

    /// <summary>The front, once started.</summary>
    internal IscsiFront? Front => _front;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _front = new IscsiFront(_options, _loggers.CreateLogger<IscsiFront>());
        await _front.StartAsync(cancellationToken);
        try
        {
            await ApplyAsync(cancellationToken);
        }
        catch (Exception exception) when (IsForUsers(exception))
        {
            throw new DaemonException(DaemonErrorKind.TargetsFile, $"{_path}: {exception.Message}", exception);
        }

        _reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _ = ReloadAsync();
        });
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _reload?.Dispose();
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
        _turn.Dispose();
    }

    /// <summary>Reads the file again. What is wrong with it is logged, and everything stays as it was then.</summary>
    internal async Task ReloadAsync()
    {
        try
        {
            await ApplyAsync(CancellationToken.None);
            _logger.TargetsReloaded(_path);
        }
        catch (Exception exception) when (IsForUsers(exception))
        {
            _logger.TargetsRefused(_path, exception.Message);
        }
    }

    private static bool IsForUsers(Exception exception) =>
        exception is TargetsException or IscsiException or HandlerException or IOException or UnauthorizedAccessException;

    private async Task ApplyAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        var opened = new Dictionary<StorageDescription, LogicalUnit>();
        try
        {
            TargetsFile file = TargetsFile.Parse(await File.ReadAllTextAsync(_path, cancellationToken));
            var units = new Dictionary<StorageDescription, LogicalUnit>();
            var resized = new List<(LogicalUnit Unit, long SizeBytes)>();
            foreach (StorageDescription storage in file.Storage)
            {
                LogicalUnit unit = FindOpen(storage, resized)
                    ?? (opened[storage] = await OpenAsync(storage, cancellationToken));
                units.Add(storage, unit);
            }

            await _front!.ApplyAsync(file.ToConfiguration(name => units.FirstOrDefault(unit => unit.Key.Name == name).Value), cancellationToken);
            opened.Clear();
            LogicalUnit[] unused = [.. _units.Values.Except(units.Values)];
            _units = units;
            await CloseAsync(unused);
            foreach ((LogicalUnit unit, long sizeBytes) in resized)
            {
                await unit.ResizeAsync(sizeBytes, cancellationToken);
            }
        }
        finally
        {
            await CloseAsync(opened.Values);
            _turn.Release();
        }
    }

    // The same disk goes on; another size alone does not make it another one.
    private LogicalUnit? FindOpen(StorageDescription storage, List<(LogicalUnit Unit, long SizeBytes)> resized)
    {
        foreach ((StorageDescription known, LogicalUnit unit) in _units)
        {
            if (known == storage)
            {
                return unit;
            }

            if (storage.SizeBytes is { } size && known with { SizeBytes = size } == storage)
            {
                resized.Add((unit, size));
                return unit;
            }
        }

        return null;
    }

    private Task<LogicalUnit> OpenAsync(StorageDescription storage, CancellationToken cancellationToken) =>
        UnitOpener.OpenAsync(storage, _front!, _options, _catalog, _loggers, StateDirectory, cancellationToken);

    private async Task CloseAsync(IEnumerable<LogicalUnit> units)
    {
        foreach (LogicalUnit unit in units)
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
}

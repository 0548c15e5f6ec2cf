// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Io;
using TcmuRunner.Io.Native;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.ConfigFs;
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.Tcmu.Front;

/// <summary>A logical unit that waits for its ring, and the two together once started.</summary>
/// <param name="request">What was asked for.</param>
/// <param name="unit">The open unit; owned.</param>
/// <param name="frontOptions">Where the kernel's files are, and how loops run.</param>
/// <param name="logger">The device's logger.</param>
/// <param name="timeProvider">Measures limits.</param>
internal sealed class OpenTcmuDevice(
    TcmuDeviceRequest request, LogicalUnit unit, TcmuFrontOptions frontOptions, ILogger logger, TimeProvider timeProvider)
    : ITcmuDevice
{
    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AttributeFiles _files = new();
    private TcmuDevice? _device;

    public long SizeBytes => unit.BlockCount * unit.BlockSizeBytes;

    public bool WriteCacheEnabled => unit.WriteCacheEnabled;

    public IZonedDevice? Zones => unit.Zones;

    public IImage? Image => unit.Image;

    public Task<Exception?> Ended => _ended.Task;

    public TcmuDeviceStatistics Statistics => Volatile.Read(ref _device)?.Counters is { } counters
        ? new(
            counters.Commands,
            counters.DataBytes,
            counters.InFlight,
            counters.RingHighWaterBytes,
            counters.RingSizeBytes,
            counters.TimeOuts)
        : default;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"uio{request.Minor}");
        UioDevice? uio = null;
        TcmuDevice device;
        try
        {
            string node = Path.Combine(frontOptions.Paths.Dev, name);
            uio = await UioDevice.OpenAsync(node, ReadMapLength(name), timeProvider, cancellationToken).ConfigureAwait(false);
            var options = new TcmuDeviceOptions
            {
                Name = request.Name,
                UioName = name,
                Uio = uio,
                LogicalUnit = unit,
                CommandTimeOut = request.CommandTimeOut,
                LoopOptions = new IoLoopOptions { Name = name, ForceEpoll = frontOptions.ForceEpoll },
            };
            device = await TcmuDevice.StartAsync(options, logger, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (UioException exception)
        {
            uio?.Dispose();
            throw Translate(exception);
        }
        catch
        {
            uio?.Dispose();
            throw;
        }

        Volatile.Write(ref _device, device);
        _ = WatchAsync(device);
    }

    public Task PingAsync() => Volatile.Read(ref _device)?.PingAsync() ?? Task.CompletedTask;

    public ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken) => unit.ResizeAsync(sizeBytes, cancellationToken);

    public ValueTask ReconfigureAsync(string configuration, CancellationToken cancellationToken) =>
        unit.ReconfigureAsync(configuration, cancellationToken);

    public ValueTask SetWriteCacheAsync(bool enabled, CancellationToken cancellationToken) =>
        unit.SetWriteCacheAsync(enabled, cancellationToken);

    public Task<bool> DrainAsync(TimeSpan limit) => Volatile.Read(ref _device)?.DrainAsync(limit) ?? Task.FromResult(true);

    public async Task StopAsync(TimeSpan limit)
    {
        if (Volatile.Read(ref _device) is { } device)
        {
            await device.StopAsync(limit).ConfigureAwait(false);
        }
        else
        {
            await unit.DisposeAsync().AsTask().WaitAsync(limit, timeProvider).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _device) is { } device)
        {
            await device.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            await unit.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task WatchAsync(TcmuDevice device)
    {
        TcmuDeviceEnd end = await device.Ended.ConfigureAwait(false);
        _ended.SetResult(end.Reason == TcmuDeviceEndReason.Failed
            ? new TcmuException(TcmuErrorKind.Failed, end.Exception?.Message ?? "The ring failed.", end.Exception) { Device = request.Name }
            : null);
    }

    // Printed as 0x and hexadecimal digits.
    private long ReadMapLength(string name)
    {
        string path = Path.Combine(frontOptions.Paths.SysClassUio, name, "maps/map0/size");
        string text = _files.Read(path);
        bool isHexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return long.TryParse(
            isHexadecimal ? text.AsSpan(2) : text,
            isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None,
            CultureInfo.InvariantCulture,
            out long length) && length > 0
            ? length
            : throw new TcmuException(
                TcmuErrorKind.NotSupported, $"{path} says '{text}' where the length of the ring's memory is expected.")
            { Device = request.Name, Path = path };
    }

    private TcmuException Translate(UioException exception) => new(
        exception.Kind switch
        {
            UioErrorKind.UnsupportedLayout => TcmuErrorKind.NotSupported,
            UioErrorKind.NotPermitted => TcmuErrorKind.NotPermitted,
            UioErrorKind.Gone => TcmuErrorKind.NotFound,
            _ => TcmuErrorKind.Failed,
        },
        exception.Message,
        exception)
    {
        Device = request.Name,
        Errno = exception.Errno != 0 ? exception.Errno : Errno.EIO,
    };
}

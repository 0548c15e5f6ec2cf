// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using TcmuRunner.Abstractions;
using TcmuRunner.Configuration;
using TcmuRunner.DBus;
using TcmuRunner.DBus.Service;
using TcmuRunner.Images;
using TcmuRunner.Logging;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu;

namespace TcmuRunner.Control;

/// <summary>What callers on the bus can ask of the daemon.</summary>
/// <remarks>
/// Devices are changed through their attributes in configfs, as an administrator does it: the kernel asks the front, and refuses what that
/// refuses.
/// </remarks>
/// <param name="catalog">The handlers.</param>
/// <param name="front">The devices.</param>
/// <param name="paths">Where the kernel's files are.</param>
/// <param name="log">The log.</param>
/// <param name="watcher">Reads the configuration file again.</param>
/// <param name="targets">The iSCSI front; null without one.</param>
internal sealed class DaemonControl(
    IHandlerCatalog catalog, TcmuFront front, TcmuPaths paths, DaemonLog log, ConfigurationWatcher watcher, ITargetsControl? targets) : IDaemonControl
{
    /// <inheritdoc/>
    public string Version => Daemon.Version;

    /// <inheritdoc/>
    public IReadOnlyList<ServedHandler> Handlers =>
        [.. catalog.Handlers.Select(handler => new ServedHandler(handler.Description.Subtype, handler.Description.ConfigurationHelp))];

    /// <inheritdoc/>
    public IReadOnlyList<DeviceFacts> Devices => [.. front.Devices.Select(Describe)];

    /// <inheritdoc/>
    public ITargetsControl? Targets => targets;

    /// <inheritdoc/>
    public int LogLevel => (int)log.Level;

    /// <inheritdoc/>
    public string? CheckConfiguration(string configuration) => front.CheckConfiguration(configuration);

    /// <inheritdoc/>
    public void ChangeMedium(string subtype, string device, ulong sizeBytes, string configuration)
    {
        DeviceFacts[] found = [.. Devices.Where(candidate => candidate.Handler == subtype && candidate.ConfigFsName.Split('/')[^1] == device)];
        if (found.Length != 1)
        {
            throw new BusException(
                BusErrorName.InvalidArgs, $"There {(found.Length == 0 ? "is no device" : "is more than one device")} '{device}' of the handler '{subtype}'.");
        }

        if (CheckConfiguration(configuration) is { } reason)
        {
            throw new BusException(BusErrorName.InvalidArgs, reason);
        }

        WriteAttribute(found[0], "dev_config", configuration);
        if (sizeBytes != 0 && sizeBytes != found[0].SizeBytes)
        {
            WriteAttribute(found[0], "dev_size", sizeBytes.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <inheritdoc/>
    public void Resize(DeviceFacts device, ulong sizeBytes) =>
        WriteAttribute(device, "dev_size", sizeBytes.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public (uint Total, IReadOnlyList<ZoneFacts> Zones) GetZones(DeviceFacts device, uint first, uint count)
    {
        IZonedDevice zones = ZonesOf(device);
        int total = zones.ZoneCount;
        int begin = (int)Math.Min(first, (uint)total);
        int length = (int)Math.Min(count, (uint)(total - begin));
        return ((uint)total, [.. Enumerable.Range(begin, length).Select(zone => Describe(zones.GetZone(zone)))]);
    }

    /// <inheritdoc/>
    public void SetZoneFault(DeviceFacts device, uint zone, string fault)
    {
        IZonedDevice zones = ZonesOf(device);
        ZoneFault kind = fault switch
        {
            "none" => ZoneFault.None,
            "read-only" => ZoneFault.ReadOnly,
            "offline" => ZoneFault.Offline,
            _ => throw new BusException(BusErrorName.InvalidArgs, $"'{fault}' is no fault of a zone: none, read-only or offline is wanted."),
        };
        try
        {
            // A thread of the bus's pool: it may wait for the commands that are under way on the zone.
            zones.SetZoneFaultAsync((int)Math.Min(zone, int.MaxValue), kind, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (HandlerException exception)
        {
            throw new BusException(BusErrorName.InvalidArgs, exception.Message);
        }
    }

    /// <inheritdoc/>
    public string RunImageOperation(DeviceFacts device, string operation, string argument)
    {
        IImage image = front.FindImage(device.ConfigFsName)
            ?? throw new BusException(BusErrorName.InvalidArgs, $"{device.Name} is in no image that can be looked after, or is not open at the moment.");
        try
        {
            // A thread of the bus's pool: commands of the disk go on, or wait for a snapshot.
            return ImageOperations.RunAsync(image, operation, argument, null, CancellationToken.None).GetAwaiter().GetResult().ToJsonString();
        }
        catch (HandlerException exception)
        {
            throw new BusException(exception.Kind == HandlerErrorKind.Failed ? BusErrorName.Failed : BusErrorName.InvalidArgs, exception.Message);
        }
    }

    /// <inheritdoc/>
    public void Reload()
    {
        watcher.ReloadNow();
        log.Reopen();
    }

    /// <inheritdoc/>
    public void SetLogLevel(int level) => log.SetLevel(ToVerbosity(level));

    /// <inheritdoc/>
    public void SetLogLevel(DeviceFacts device, int level) => log.SetLevel(device.Name, level == -1 ? null : ToVerbosity(level));

    private static LogVerbosity ToVerbosity(int level) => level is >= (int)LogVerbosity.Critical and <= (int)LogVerbosity.DebugScsiCommands
        ? (LogVerbosity)level
        : throw new BusException(BusErrorName.InvalidArgs, $"The log level {level} is not 0 (critical) to 5 (every SCSI command).");

    private IZonedDevice ZonesOf(DeviceFacts device) => front.FindZones(device.ConfigFsName)
        ?? throw new BusException(BusErrorName.InvalidArgs, $"{device.Name} has no zones, or is not open at the moment.");

    private static ZoneFacts Describe(ZoneDescription zone) => new(
        (uint)zone.Number, zone.Type, zone.Condition, (ulong)zone.StartBlock, (ulong)zone.BlockCount, zone.WrittenBlocks, zone.Domain, zone.Realm);

    private DeviceFacts Describe(TcmuDeviceStatus status) => new()
    {
        ConfigFsName = status.ConfigFsName,
        Name = status.Name,
        UioName = status.UioName,
        Handler = status.Name.Split('/')[0],
        Configuration = status.Configuration,
        SizeBytes = (ulong)status.SizeBytes,
        State = status.State switch
        {
            TcmuDeviceState.Opening => "opening",
            TcmuDeviceState.Serving => "serving",
            TcmuDeviceState.Retrying => "retrying",
            _ => "failed",
        },
        LastError = status.LastError ?? "",
        LogLevel = (int?)log.LevelOf(status.Name) ?? -1,
        Commands = (ulong)status.Statistics.Commands,
        DataBytes = (ulong)status.Statistics.DataBytes,
        CommandsInFlight = (uint)Math.Max(0, status.Statistics.CommandsInFlight),
        RingHighWaterBytes = (ulong)status.Statistics.RingHighWaterBytes,
        RingSizeBytes = (ulong)status.Statistics.RingSizeBytes,
        TimeOuts = (ulong)status.Statistics.TimeOuts,
    };

    // One write: the kernel takes it as one change, and waits in it for our own front's answer.
    private void WriteAttribute(DeviceFacts device, string attribute, string value)
    {
        string path = Path.Combine(paths.ConfigFsTarget, "core", device.ConfigFsName, "attrib", attribute);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.Write(Encoding.UTF8.GetBytes(value));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The kernel passes a number on; the front knows the reason.
            string reason = front.Devices.FirstOrDefault(status => status.ConfigFsName == device.ConfigFsName)?.LastRefusal ?? exception.Message;
            throw new BusException(BusErrorName.Failed, $"{device.Name}: {attribute} stays as it is and does not become '{value}': {reason}");
        }
    }
}

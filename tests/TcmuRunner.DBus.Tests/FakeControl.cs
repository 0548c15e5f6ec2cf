// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Service;

namespace TcmuRunner.DBus.Tests;

/// <summary>A daemon with two handlers, and devices that a test decides on.</summary>
internal sealed class FakeControl : IDaemonControl
{
    public string Version => "1.2.3";

    public IReadOnlyList<ServedHandler> Handlers { get; } = [new("file", "file//path[;ro]"), new("memory", "memory/")];

    public IReadOnlyList<DeviceFacts> Devices { get; set; } = [];

    public FakeTargets FakeTargets { get; } = new();

    public ITargetsControl? Targets => FakeTargets;

    public int LogLevel { get; private set; } = 3;

    public List<string> Done { get; } = [];

    /// <summary>What operations on images answer; null: there is none.</summary>
    public string? ImageAnswer { get; set; }

    public string? CheckConfiguration(string configuration) => configuration switch
    {
        "memory/explode" => throw new InvalidOperationException("The handler is broken."),
        _ when configuration.Contains("bad", StringComparison.Ordinal) => $"'{configuration}' is bad.",
        _ => null,
    };

    public void ChangeMedium(string subtype, string device, ulong sizeBytes, string configuration) =>
        Done.Add(device == "none" ? throw new BusException(BusErrorName.InvalidArgs, "There is no device 'none'.") : $"{subtype} {device} {sizeBytes} {configuration}");

    public void Resize(DeviceFacts device, ulong sizeBytes) => Done.Add($"{device.ConfigFsName} {sizeBytes}");

    public (uint Total, IReadOnlyList<ZoneFacts> Zones) GetZones(DeviceFacts device, uint first, uint count) =>
        (3, [.. new ZoneFacts[] { new(0, 1, 0, 0, 2048, -1, -1, -1), new(1, 2, 4, 2048, 2048, 7, 1, 0), new(2, 5, 0, 4096, 2048, -1, -1, -1) }.Skip((int)first).Take((int)count)]);

    public void SetZoneFault(DeviceFacts device, uint zone, string fault) => Done.Add($"{device.ConfigFsName} {zone} {fault}");

    public string RunImageOperation(DeviceFacts device, string operation, string argument) => operation switch
    {
        "check" => throw new BusException(BusErrorName.InvalidArgs, "It is being served."),
        _ => ImageAnswer ?? throw new BusException(BusErrorName.InvalidArgs, $"{device.Name} is in no image."),
    };

    public void Reload() => Done.Add("reload");

    public void SetLogLevel(int level) => LogLevel = level;

    public void SetLogLevel(DeviceFacts device, int level) =>
        Devices = [.. Devices.Select(known => known.ConfigFsName == device.ConfigFsName ? known with { LogLevel = level } : known)];

    public static DeviceFacts Device(string name, string state = "serving", string lastError = "", ulong sizeBytes = 1 << 20) => new()
    {
        ConfigFsName = $"user_1/{name}",
        Name = $"file/{name}",
        UioName = "uio0",
        Handler = "file",
        Configuration = $"file//{name}",
        SizeBytes = sizeBytes,
        State = state,
        LastError = lastError,
        LogLevel = -1,
        Commands = 7,
        DataBytes = 4096,
        CommandsInFlight = 2,
        RingHighWaterBytes = 128,
        RingSizeBytes = 65536,
        TimeOuts = 0,
    };
}

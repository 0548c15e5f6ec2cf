// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using TcmuRunner.Abstractions;
using TcmuRunner.Tcmu.ConfigFs;

namespace TcmuRunner.Tcmu.Front;

/// <summary>
/// The life of one of the kernel's devices in this program: opening, serving, trying again, changing, removing, handing over.
/// </summary>
/// <remarks>
/// <code>
///            ADDED ──► open ─┬─► Serving ──► REMOVED ──► gone
///                            └─► refused (the kernel drops the device)
///
///  found in sysfs ──► open handler ─┬─► block, reset, open ring, unblock ──► Serving ──► daemon stops: block, drain, close, unblock
///                          ▲        └─► block, reset, Retrying ── 1 s, 2 s, ... 30 s ──┐    │ ring broken
///                          └───────────────────────────────────────────────────────────┴────┘
/// </code>
/// <para>
/// While a device is not served it stays blocked for as long as the kernel would wait for a command (<c>cmd_time_out</c>): initiators get
/// BUSY and try again, so that an outage shorter than that is not seen by anybody. Then it is unblocked: commands end with an error when
/// their time-out passes, applications and multipath learn of it, and nobody waits for ever. With <c>cmd_time_out</c> 0 unblocked commands
/// would never end, so such a device stays blocked.
/// </para>
/// <para>Every operation holds <see cref="_turn"/>; leaving (removal, stop) waits for it only within a limit.</para>
/// </remarks>
[SuppressMessage(
    "Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "Neither field holds a native handle, and an operation that was left behind may still use them.")]
internal sealed partial class DeviceController
{
    private readonly FrontServices _services;
    private readonly Action<DeviceController> _onVanished;
    private readonly DeviceAttributes _attributes;
    private readonly ConfigFsEnvironment _environment;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _leaving = new();

    // Guards the change of _device against leaving.
    private readonly Lock _sync = new();
    private volatile UioName _name;
    private volatile ITcmuDevice? _device;
    private volatile string? _lastError;
    private volatile string? _lastRefusal;
    private volatile TcmuDeviceState _state = TcmuDeviceState.Opening;

    /// <summary>Creates a controller; nothing happens yet.</summary>
    /// <param name="services">What all devices share.</param>
    /// <param name="minor">N of uioN.</param>
    /// <param name="name">The device's name.</param>
    /// <param name="onVanished">Called when the kernel's device turned out to be gone without a REMOVED event.</param>
    internal DeviceController(FrontServices services, int minor, UioName name, Action<DeviceController> onVanished)
    {
        _services = services;
        _onVanished = onVanished;
        _name = name;
        Minor = minor;
        _attributes = new DeviceAttributes(services.ConfigFs.Files, services.ConfigFs.Paths, name);
        _environment = new ConfigFsEnvironment(services.ConfigFs.Files, services.ConfigFs.Paths, _attributes);
    }

    /// <summary>N of uioN.</summary>
    internal int Minor { get; }

    /// <summary>The device's name with its current configuration.</summary>
    internal UioName Name => _name;

    /// <summary>LIO's index of the device, as far as an event has told it. Guarded by the front's lock.</summary>
    internal uint? DeviceId { get; set; }

    /// <summary>Where the device is in its life.</summary>
    internal TcmuDeviceState State => _state;

    /// <summary>The name in messages.</summary>
    internal string DisplayName => $"{_name.Subtype}/{_name.Device}";

    /// <summary>The kernel's device.</summary>
    internal string UioDeviceName => $"uio{Minor}";

    /// <summary>Whether this object is still about the kernel's device: false once that is being removed or has gone.</summary>
    internal bool IsLive => !_leaving.IsCancellationRequested && _device is not { Ended.IsCompleted: true };

    /// <summary>Whether the device's loop does something within a time; true also where there is no device.</summary>
    internal async Task<bool> AnswersAsync(TimeSpan limit)
    {
        try
        {
            await (_device?.PingAsync() ?? Task.CompletedTask).WaitAsync(limit, _services.TimeProvider).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            // A loop that has just ended drops what it is asked.
            return !IsLive;
        }
    }

    /// <summary>The zones of the open device; null for a disk without, and while it is not open.</summary>
    internal IZonedDevice? Zones => _device?.Zones;

    /// <summary>The image that the open device serves; null for a disk that is in none, and while it is not open.</summary>
    internal IImage? Image => _device?.Image;

    /// <summary>The device as it is now.</summary>
    internal TcmuDeviceStatus GetStatus()
    {
        ITcmuDevice? device = _device;
        return new TcmuDeviceStatus
        {
            Name = DisplayName,
            ConfigFsName = _name.ConfigFsName,
            UioName = UioDeviceName,
            Configuration = _name.Configuration,
            SizeBytes = device?.SizeBytes ?? 0,
            State = _state,
            LastError = _lastError,
            LastRefusal = _lastRefusal,
            Statistics = device?.Statistics ?? default,
        };
    }
}

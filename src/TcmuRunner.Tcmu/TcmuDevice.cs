// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Io;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.Ring;
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.Tcmu;

/// <summary>
/// A disk that the kernel exports and this process serves: its ring, its logical unit and the loop, with a thread of its own, that runs
/// both.
/// </summary>
/// <remarks>
/// <code>
///   StartAsync ──► serving ──► DrainAsync (the kernel has been told to send nothing new) ──► StopAsync
///                     │
///                     └──► Ended: the kernel removed the device, or the ring is corrupt ──► StopAsync
/// </code>
/// Members may be called from any thread. Nothing is shared with other devices.
/// </remarks>
internal sealed partial class TcmuDevice : LoopSource, IAsyncDisposable
{
    /// <summary>How long <see cref="DisposeAsync"/> waits for commands in flight.</summary>
    private static readonly TimeSpan s_disposeLimit = TimeSpan.FromSeconds(5);

    private readonly TcmuDeviceOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly IoLoop _loop;
    private readonly CommandRing _ring;
    private readonly ItNexus _nexus;
    private readonly uint _timeOutSeconds;
    private readonly TaskCompletionSource<TcmuDeviceEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _stopGate = new();
    private Task? _stopping;

    private TcmuDevice(TcmuDeviceOptions options, IoLoop loop, ILogger logger, TimeProvider timeProvider)
        : base(options.Uio.Channel.Descriptor)
    {
        (_options, _loop, _logger, _timeProvider) = (options, loop, logger, timeProvider);
        _timeOutSeconds = (uint)Math.Ceiling(options.CommandTimeOut.TotalSeconds);
        _nexus = new ItNexus(options.Name);
        _ring = new CommandRing(options.Uio.Region, options.LogicalUnit, _nexus, loop, options.Name, logger);
    }

    /// <summary>Name for messages.</summary>
    internal string Name => _options.Name;

    /// <summary>Name of the kernel's device, <c>uioN</c>.</summary>
    internal string UioName => _options.UioName;

    /// <summary>Executes the commands.</summary>
    internal LogicalUnit LogicalUnit => _options.LogicalUnit;

    /// <summary>Completes when the device is no longer served, for whatever reason. Does not fail.</summary>
    internal Task<TcmuDeviceEnd> Ended => _ended.Task;

    /// <summary>What the device has done so far.</summary>
    internal TcmuDeviceCounters Counters => new(
        _ring.Commands,
        _ring.DataBytes,
        _ring.InFlight,
        _ring.HighWaterBytes,
        _options.Uio.Region.RingSize,
        _ring.TimeOuts,
        _ring.InvalidEntries,
        _notifications);

    /// <summary>Begins to serve a device; commands that already stand in its ring are executed at once.</summary>
    /// <param name="options">What it is made of; owned by the device when this succeeds, else still the caller's.</param>
    /// <param name="logger">The device's logger.</param>
    /// <param name="timeProvider">Measures the limits of drain and stop.</param>
    /// <param name="cancellationToken">Gives up before the start.</param>
    /// <exception cref="UioException">The ring is not usable.</exception>
    internal static async Task<TcmuDevice> StartAsync(
        TcmuDeviceOptions options, ILogger logger, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CommandTimeOut, TimeSpan.Zero);
        IoLoop loop = options.StartLoop(options.LoopOptions with { Name = $"tcmu:{options.UioName}" }, logger);
        try
        {
            var device = new TcmuDevice(options, loop, logger, timeProvider);
            options.LogicalUnit.AddNexus(device._nexus);
            // The loop polls a new source without waiting for its descriptor: entries that came before the open raise no event.
            await loop.AddAsync(device).ConfigureAwait(false);
            return device;
        }
        catch
        {
            await loop.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends in the loop's next turn; never where the loop hangs or has ended.</summary>
    internal Task PingAsync() => _loop.InvokeAsync(static () => { });

    /// <summary>
    /// Waits until every command in the ring has been answered. New ones are still served, so stop the kernel from sending any first.
    /// </summary>
    /// <param name="limit">How long to wait.</param>
    /// <returns>False when the limit passed first.</returns>
    internal async Task<bool> DrainAsync(TimeSpan limit)
    {
        if (Volatile.Read(ref _stopping) is not null)
        {
            return _ring.InFlight == 0;
        }

        try
        {
            await WaitDrainedAsync().WaitAsync(limit, _timeProvider).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// Stops serving: takes no new command, cancels the tokens of those in flight, waits for them, closes the logical unit and lets go of
    /// the kernel's device. Idempotent; does not throw.
    /// </summary>
    /// <param name="limit">
    /// How long to wait. When it passes, a handler hangs: the device is abandoned, which is logged as an error. Its answers no longer reach
    /// the ring, but its memory stays mapped and its node open until the handler has ended the last command, because it may still write to
    /// that memory.
    /// </param>
    internal Task StopAsync(TimeSpan limit)
    {
        lock (_stopGate)
        {
            return _stopping ??= StopWithinAsync(limit);
        }
    }

    /// <summary>Stops with a limit of five seconds, unless the device has been stopped before.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(s_disposeLimit).ConfigureAwait(false);
}

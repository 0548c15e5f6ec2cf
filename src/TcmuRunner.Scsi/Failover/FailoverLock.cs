// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>
/// The lock of a disk that several gateways serve: who may change the medium, and when this gateway takes the lock, keeps away from it, or gives it
/// back (SPC-5 5.18). Thread safe.
/// </summary>
/// <remarks>
/// <code>
///            a write (implicit), SET TARGET PORT GROUPS (explicit)
///  Standby ───────────────────────────────────────────────────────► Acquiring ──► Active
///     ▲  ▲                                             failed │                    │  │
///     │  └────────────────────────────────────────────────────┘                    │  │
///     ├───────────────────────────── given back (explicit) ────────────────────────┘  │
///     └── pause over ── ShutOut ◄── the device answers Fenced ────────────────────────┘
/// </code>
/// A gateway that was stopped while it did not hold the lock is shut out too: what is in its buffers is of another time. One that was stopped
/// while it did hold it has lost it, or nobody else has written meanwhile.
/// </remarks>
internal sealed class FailoverLock : IAsyncDisposable
{
    /// <summary>How long a command waits for the lock; then it ends with BUSY and the initiator sends it again.</summary>
    internal static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(5);

    private const byte TestUnitReady = 0x00;

    private static readonly TimeSpan s_retryPause = TimeSpan.FromSeconds(1);

    private readonly ILockDevice _device;
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly UnitMonitor _monitor;
    private readonly Action _changed;
    private readonly Func<IReadOnlyList<TargetPortGroup>?> _readGroups;
    private readonly StallWatch _watch;
    private readonly LossHistory _losses;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _closing = new();

    // The device's three methods do not overlap.
    private readonly SemaphoreSlim _turn = new(1, 1);

    // Guards the changes of all that follows. Commands read _mode, _epoch and _state without it.
    private readonly Lock _sync = new();
    private volatile FailoverMode _mode;
    private volatile FailoverState _state;
    private volatile int _epoch;
    private Task<IoStatus> _attempt = Task.FromResult(IoStatus.Good);
    private IoStatus _refusal = IoOutcome.Fenced;
    private long _standbySince;
    private long _pauseBegan;
    private TimeSpan _pause;
    private ushort _ownGroup;

    /// <summary>Makes the lock of a device that has just been opened.</summary>
    /// <param name="device">The device.</param>
    /// <param name="options">The unit's name, clock and groups.</param>
    /// <param name="monitor">Counts.</param>
    /// <param name="changed">Called after the state has changed, on any thread.</param>
    /// <param name="logger">Messages.</param>
    public FailoverLock(ILockDevice device, LogicalUnitOptions options, UnitMonitor monitor, Action changed, ILogger logger)
    {
        _device = device;
        _name = options.Name;
        _time = options.TimeProvider;
        _readGroups = () => options.Environment.TargetPortGroups?.Read() ?? [];
        _monitor = monitor;
        _changed = changed;
        _logger = logger;
        _watch = new StallWatch(_time);
        _losses = new LossHistory(_time);
        _standbySince = _time.GetTimestamp();
        _timer = _time.CreateTimer(static state => ((FailoverLock)state!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where this gateway is with the lock.</summary>
    public FailoverState State => _state;

    /// <summary>Who decides.</summary>
    public FailoverMode Mode => _mode;

    /// <summary>Begins to watch the target port groups and the process itself.</summary>
    public void Start()
    {
        _watch.Beat();
        _timer.Change(StallWatch.Interval, StallWatch.Interval);
    }

    /// <summary>Whether a command may run at once. Allocates nothing and takes no lock.</summary>
    public bool Admits(ScsiTask task, CommandDescriptor command)
    {
        if (_mode == FailoverMode.None)
        {
            return true;
        }

        // The number of the tenure first: a tenure that ends in between is told from the next one.
        int epoch = _epoch;
        if (_state != FailoverState.Active)
        {
            return _mode != FailoverMode.Unknown && !Concerns(command);
        }

        task.LockTenure = epoch;
        return true;
    }

    /// <summary>Lets a command in that may not run at once, or says how it ends. Takes the lock for it where that is left to the target.</summary>
    public ValueTask<IoStatus> AdmitAsync(ScsiTask task, CommandDescriptor command)
    {
        if (_mode == FailoverMode.Unknown)
        {
            Learn(_readGroups());
        }

        if (Admits(task, command) || (_mode == FailoverMode.Implicit && IsRead(command)))
        {
            return new(IoStatus.Good);
        }

        if (_mode == FailoverMode.Explicit)
        {
            return new(IoOutcome.Fenced);
        }

        Task<IoStatus>? attempt = Begin(out IoStatus refusal);
        return attempt is null ? new(refusal) : WaitAsync(task, attempt);
    }

    /// <summary>Takes the lock for an initiator that asks for it (SET TARGET PORT GROUPS).</summary>
    public async ValueTask<IoStatus> ActivateAsync(CancellationToken cancellationToken)
    {
        Task<IoStatus>? attempt = Begin(out IoStatus refusal);
        return attempt is null ? refusal : await attempt.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives the lock back. New commands are refused first; the device lets those that run come to their end.</summary>
    public async ValueTask<IoStatus> ReleaseAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            lock (_sync)
            {
                if (_state != FailoverState.Active)
                {
                    return IoStatus.Good;
                }

                _state = FailoverState.Standby;
                _standbySince = _time.GetTimestamp();
            }

            IoStatus status = await CallAsync(_device.ReleaseLockAsync).ConfigureAwait(false);
            Log.LockReleased(_logger, _name, status.Outcome);
            _changed();
            return status;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>The target port group that has the lock, as far as that is known; null for nobody. Asks the backing store unless it is this gateway.</summary>
    public async ValueTask<ushort?> FindHolderAsync()
    {
        if (_state == FailoverState.Active)
        {
            return _ownGroup;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        limit.CancelAfter(WaitLimit);
        try
        {
            await _turn.WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The lock is just being taken, by this gateway.
            return null;
        }

        try
        {
            return await _device.ReadLockTagAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // The report says what is certain then: that this gateway is not the one.
            Log.LockUnknown(_logger, _name, exception.Message);
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Hears that the device has refused an operation because the lock is somebody else's, before the initiator does.</summary>
    /// <param name="tenure">When the command was let in; an old tenure says nothing of this one.</param>
    public void Lost(int tenure)
    {
        TimeSpan pause;
        int losses;
        lock (_sync)
        {
            if (_state != FailoverState.Active || tenure != _epoch)
            {
                return;
            }

            _state = FailoverState.ShutOut;
            pause = _losses.Add();
            losses = _losses.Count;
            KeepAway(pause, IoOutcome.Fenced);
        }

        _monitor.LockLost();
        Log.LockLost(_logger, _name, pause.TotalSeconds);
        if (losses >= LossHistory.Bouncing)
        {
            Log.LockBounces(_logger, _name, losses);
        }

        _changed();
    }

    /// <summary>Takes over what the target port groups are.</summary>
    /// <param name="groups">All of them; null: they could not be read, and what was known stays.</param>
    public void Learn(IReadOnlyList<TargetPortGroup>? groups)
    {
        const byte beyondActive = 0x0E;
        if (groups is null)
        {
            return;
        }

        TargetPortGroup? own = groups.FirstOrDefault(group => group.Ports.Any(port => port.IsEnabled));
        FailoverMode mode = own is null || (own.SupportedStates & beyondActive) == 0 ? FailoverMode.None
            : own.IsExplicit ? FailoverMode.Explicit
            : own.IsImplicit ? FailoverMode.Implicit : FailoverMode.None;
        lock (_sync)
        {
            _ownGroup = own?.Id ?? 0;
            if (_mode != mode)
            {
                _mode = mode;
                Log.FailoverDecided(_logger, _name, mode, _ownGroup);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _attempt.ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        _turn.Dispose();
        _closing.Dispose();
    }

    private static bool IsRead(CommandDescriptor command) => command.Has(CommandFlags.OnlyReads) && command.Has(CommandFlags.UsesDevice);

    private bool Concerns(CommandDescriptor command) => command.Has(CommandFlags.NeedsMedium)
        && (command.Has(CommandFlags.UsesDevice) || command.Has(CommandFlags.SendsCommands)
            || (_mode == FailoverMode.Explicit && command.OperationCode == TestUnitReady));

    private void Tick()
    {
        _watch.Beat();
        try
        {
            Learn(_readGroups());
        }
        catch (Exception exception)
        {
            // On a timer's thread nobody else hears of it; what was known stays.
            Log.LockUnknown(_logger, _name, exception.Message);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> WaitAsync(ScsiTask task, Task<IoStatus> attempt)
    {
        long began = _time.GetTimestamp();
        try
        {
            IoStatus status = await attempt.WaitAsync(WaitLimit, _time, task.Cancellation).ConfigureAwait(false);
            if (!status.IsGood)
            {
                return status;
            }
        }
        catch (TimeoutException)
        {
            return IoOutcome.Busy;
        }

        task.LockTenure = _epoch;
        return _state == FailoverState.Active && !_watch.StalledSince(began) ? IoStatus.Good : IoOutcome.Busy;
    }

    /// <summary>Begins to take the lock, or joins who does.</summary>
    /// <returns>Null: not now.</returns>
    private Task<IoStatus>? Begin(out IoStatus refusal)
    {
        refusal = IoStatus.Good;
        lock (_sync)
        {
            if (_state is FailoverState.Acquiring or FailoverState.Active)
            {
                return _attempt;
            }

            if (_watch.StalledSince(_standbySince))
            {
                Log.Stalled(_logger, _name, LossHistory.ShortestPause.TotalSeconds);
                _state = FailoverState.ShutOut;
                KeepAway(LossHistory.ShortestPause, IoOutcome.Fenced);
            }

            if (_time.GetElapsedTime(_pauseBegan) < _pause)
            {
                refusal = _refusal;
                return null;
            }

            _pause = TimeSpan.Zero;
            _state = FailoverState.Acquiring;
            ushort group = _ownGroup;
            // From now, not from when a thread is free: a stop in between counts too.
            long began = _time.GetTimestamp();
            return _attempt = Task.Run(() => AcquireAsync(group, began));
        }
    }

    // Under the lock.
    private void KeepAway(TimeSpan pause, IoStatus refusal)
    {
        _standbySince = _pauseBegan = _time.GetTimestamp();
        _pause = pause;
        _refusal = refusal;
    }

    private async Task<IoStatus> AcquireAsync(ushort group, long began)
    {
        IoStatus status = IoOutcome.Busy;
        bool stalled = false;
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            status = await CallAsync(token => _device.AcquireLockAsync(group, token)).ConfigureAwait(false);
            stalled = status.IsGood && _watch.StalledSince(began);
            if (stalled)
            {
                // What waits for the lock, and what is still in the buffers behind it, may be of another time.
                await CallAsync(_device.ReleaseLockAsync).ConfigureAwait(false);
                status = IoOutcome.Fenced;
            }
        }
        finally
        {
            _turn.Release();
            Settle(status, stalled);
        }

        TimeSpan took = _time.GetElapsedTime(began);
        if (status.IsGood)
        {
            _monitor.LockTaken();
            Log.LockTaken(_logger, _name, group, took.TotalSeconds);
            _changed();
        }
        else
        {
            Log.LockNotTaken(_logger, _name, status.Outcome, took.TotalSeconds);
        }

        return status;
    }

    private void Settle(IoStatus status, bool stalled)
    {
        lock (_sync)
        {
            if (status.IsGood)
            {
                _epoch++;
                _state = FailoverState.Active;
                return;
            }

            _state = stalled ? FailoverState.ShutOut : FailoverState.Standby;
            KeepAway(stalled ? LossHistory.ShortestPause : s_retryPause, status);
        }
    }

    private async ValueTask<IoStatus> CallAsync(Func<CancellationToken, ValueTask<IoStatus>> call)
    {
        try
        {
            return await call(_closing.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            return IoOutcome.Busy;
        }
        catch (Exception exception)
        {
            Log.LockFailed(_logger, _name, exception);
            return IoOutcome.NotReady;
        }
    }
}

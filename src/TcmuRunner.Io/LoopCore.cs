// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Io;

/// <summary>
/// What both mechanisms share: the thread, the turn, posted work, sources and spinning. A mechanism adds how to wait, how to watch a
/// descriptor and how to run a file operation.
/// </summary>
internal abstract partial class LoopCore : IoLoop
{
    /// <summary>A look at the clock costs about as much as a few looks for work; in a virtual machine more.</summary>
    private const int LooksPerClock = 16;

    /// <summary>Loops of this process that spin past their hold time.</summary>
    private static int s_yielding;

    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly SpinGovernor _spin;
    private readonly StopItem _stop;
    private readonly TaskCompletionSource<IoLoopException?> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;
    private PostQueue _posted;

    // Below: the loop's thread only.
    private bool _stopping;
    private bool _workPending;
    private long _idleSince;
    private long _countedCommands;

    private protected LoopCore(IoLoopOptions options, ILogger logger)
    {
        Name = options.Name;
        _logger = logger;
        _spin = new SpinGovernor(options.MaximumSpin, options.MaximumYield, Environment.ProcessorCount);
        _stop = new StopItem(this);
        Workers = new WorkerPool(options.Name);
        _thread = new Thread(Run) { IsBackground = true, Name = options.Name };
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>What the loop has done so far.</summary>
    internal LoopCounters Counters { get; } = new();

    /// <summary>Whether something that <see cref="Harvest"/> would handle is there. No system call.</summary>
    private protected abstract bool HasCompletions { get; }

    /// <inheritdoc/>
    public override void Post(LoopWorkItem item)
    {
        if (_posted.TryPush(item, out bool mustWake) && mustWake)
        {
            Wake();
        }
    }

    /// <inheritdoc/>
    public override Task InvokeAsync(Action action)
    {
        var item = new ActionWorkItem(action);
        if (!_posted.TryPush(item, out bool mustWake))
        {
            return Task.FromException(new ObjectDisposedException(Name));
        }

        if (mustWake)
        {
            Wake();
        }

        return item.Done;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (Current == this)
        {
            throw new InvalidOperationException($"The loop '{Name}' cannot end itself: it would wait for its own thread.");
        }

        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Post(_stop);
        }

        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>Starts the thread.</summary>
    /// <returns>Why the mechanism does not work here, or null. The object is of no use in the first case.</returns>
    internal IoLoopException? Launch()
    {
        _thread.Start();
        return _started.Task.GetAwaiter().GetResult();
    }

    /// <summary>Creates the mechanism. On the loop's thread, like every member below except <see cref="Wake"/>.</summary>
    /// <exception cref="IoLoopException">The kernel does not give it.</exception>
    private protected abstract void OpenMechanism();

    private protected abstract void CloseMechanism();

    /// <summary>Handles what the kernel has finished. No system call unless the kernel asks for one.</summary>
    /// <returns>Whether there was something.</returns>
    private protected abstract bool Harvest();

    /// <summary>Hands the kernel what waits for submission, without waiting.</summary>
    private protected abstract void SubmitPending();

    /// <summary>Prepares to be woken by sources and by <see cref="Wake"/>.</summary>
    private protected abstract void ArmWakeUps();

    /// <summary>Submits and waits until there is something to harvest, or the time is over.</summary>
    /// <param name="timeoutMilliseconds">0: do not wait; -1: no limit.</param>
    private protected abstract void Wait(int timeoutMilliseconds);

    /// <summary>Wakes a waiting loop. Any thread.</summary>
    private protected abstract void Wake();

    private void Run()
    {
        Current = this;
        try
        {
            OpenMechanism();
        }
        catch (IoLoopException exception)
        {
            CloseMechanism();
            _posted.TryClose();
            _started.SetResult(exception);
            return;
        }

        _started.SetResult(null);
        Log.LoopStarted(_logger, Name, Mechanism);
        try
        {
            RunTurns();
        }
        catch (Exception exception)
        {
            // Only a system call that cannot fail in a sane process gets here: this device is lost, the others live on.
            Log.LoopFailed(_logger, exception, Name);
            FailAllSources(exception);
            while (!_posted.TryClose())
            {
                RunPosted();
            }
        }

        CloseMechanism();
        Workers.Dispose();
        _ended.SetResult();
    }

    private void RunTurns()
    {
        int busyTurns = 0;
        while (true)
        {
            if (RunTurn())
            {
                // The last turn before a rest leaves its submissions to the call that waits. Only in a row of busy turns they go at once.
                if (++busyTurns > 1)
                {
                    SubmitPending();
                }

                continue;
            }

            if (_stopping && IsQuiet && _posted.TryClose())
            {
                return;
            }

            bool wasBusy = busyTurns > 0;
            busyTurns = 0;
            if (!wasBusy || !TrySpin())
            {
                Sleep();
            }
        }
    }

    private bool RunTurn()
    {
        bool worked = _workPending;
        _workPending = false;
        worked |= RunPosted();
        worked |= Harvest();
        worked |= PollSources();
        worked |= RunDeadlines();
        if (!worked)
        {
            return false;
        }

        Counters.CountTurn();
        if (_idleSince != 0)
        {
            _spin.EndGap(Stopwatch.GetTimestamp() - _idleSince);
            _idleSince = 0;
        }

        EndBatches();
        return true;
    }

    private bool RunPosted()
    {
        LoopWorkItem? item = _posted.TakeAll();
        if (item is null)
        {
            return false;
        }

        while (item is not null)
        {
            // It may be posted again while it runs: take the link first.
            LoopWorkItem? next = item.Next;
            item.Next = null;
            try
            {
                item.Run();
            }
            catch (Exception exception)
            {
                Log.PostedWorkThrew(_logger, exception, Name);
            }

            item = next;
        }

        return true;
    }

    /// <summary>Looks for work for a while without a system call.</summary>
    /// <returns>True when there is some.</returns>
    private bool TrySpin()
    {
        if (!_spin.IsEnabled)
        {
            return false;
        }

        _idleSince = Stopwatch.GetTimestamp();
        long spinTicks = _spin.NextSpinTicks(_idleSince, TakeCommandCount());
        if (spinTicks == 0)
        {
            return false;
        }

        SubmitPending();
        Counters.CountSpin();
        long hold = Math.Min(spinTicks, _spin.HoldTicks);
        return LookUntil(_idleSince + hold, givesWay: false) || (spinTicks > hold && TryYield(_idleSince + spinTicks));
    }

    // Commands of all sources since the last time; a turn of a loop whose sources count none is one.
    private long TakeCommandCount()
    {
        long commands = 0;
        for (int index = 0; index < _sources.Count; index++)
        {
            commands += _sources[index].Source.CommandCount;
        }

        long count = commands - _countedCommands;
        _countedCommands = commands;
        return Math.Max(1, count);
    }

    // The seats keep at least half of the processors out of it, however many loops would like to.
    private bool TryYield(long end)
    {
        bool found = Interlocked.Increment(ref s_yielding) <= Environment.ProcessorCount / 2 && LookUntil(end, givesWay: true);
        Interlocked.Decrement(ref s_yielding);
        return found;
    }

    private bool LookUntil(long end, bool givesWay)
    {
        do
        {
            for (int look = 0; look < LooksPerClock; look++)
            {
                if (!_posted.IsEmpty || HasCompletions)
                {
                    Counters.CountSpinHit();
                    return true;
                }

                if (PollSources())
                {
                    _workPending = true;
                    Counters.CountSpinHit();
                    return true;
                }

                if (givesWay)
                {
                    Thread.Yield();
                }
                else
                {
                    Thread.SpinWait(1);
                }
            }
        }
        while (Stopwatch.GetTimestamp() < end);

        return false;
    }

    private void Sleep()
    {
        ArmWakeUps();
        int timeout = MillisecondsToDeadline();
        if (!_posted.TrySleep())
        {
            timeout = 0;
        }

        Counters.CountSleep();
        Wait(timeout);
        _posted.WakeUp();
    }

    private sealed class StopItem(LoopCore loop) : LoopWorkItem
    {
        protected internal override void Run()
        {
            loop._stopping = true;
            loop.RemoveAllSources();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Tcmu.Netlink;

/// <summary>A <see cref="TcmuNetlink"/> that is replaced, after growing pauses, when its socket breaks. Thread safe.</summary>
/// <remarks>
/// What the kernel sent meanwhile is lost, so each replacement is followed by <see cref="ITcmuEventSink.OnEventsLost"/>. A reply does not
/// belong to a socket: the kernel takes it from the new one, so those that fall due in between wait for it.
/// </remarks>
/// <param name="openSocket">Opens a socket.</param>
/// <param name="sink">Takes the events, of one connection at a time.</param>
/// <param name="firstPause">Before the first attempt to replace a connection; doubled after each that fails.</param>
/// <param name="longestPause">The longest such pause.</param>
/// <param name="logger">The front's.</param>
/// <param name="timeProvider">Measures the pauses.</param>
internal sealed class ReconnectingNetlink(
    Func<INetlinkSocket> openSocket,
    ITcmuEventSink sink,
    TimeSpan firstPause,
    TimeSpan longestPause,
    ILogger logger,
    TimeProvider timeProvider) : IAsyncDisposable
{
    private readonly CancellationTokenSource _disposing = new();

    // Guards the change of the connection against sending, and against the end.
    private readonly Lock _sync = new();
    private TaskCompletionSource _restored = Completed();
    private TcmuNetlink? _current;
    private Task _reconnecting = Task.CompletedTask;
    private int _disposed;

    /// <summary>Ends when there is a connection to reply on, or when there will never be one again.</summary>
    internal Task WhenConnectedAsync()
    {
        lock (_sync)
        {
            return _restored.Task;
        }
    }

    /// <summary>Connects and begins to deliver events. For the first time; afterwards that goes by itself.</summary>
    /// <exception cref="TcmuException">The module is not loaded, or the kernel refuses; it is not tried again.</exception>
    internal void Start()
    {
        TcmuNetlink netlink = TcmuNetlink.Connect(openSocket(), logger);
        lock (_sync)
        {
            _current = netlink;
            netlink.Start(sink, OnBroken);
            _restored.TrySetResult();
        }
    }

    /// <summary>Sends the reply to an event that wants one.</summary>
    /// <param name="tcmuEvent">The event.</param>
    /// <param name="status">0 or a negative errno.</param>
    internal void SendDone(TcmuEvent tcmuEvent, int status)
    {
        lock (_sync)
        {
            if (_current is { } netlink)
            {
                netlink.SendDone(tcmuEvent, status);
            }
            else if (tcmuEvent.WantsReply)
            {
                Log.ReplyAbandoned(logger, tcmuEvent.Command, tcmuEvent.DeviceId);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _disposing.CancelAsync().ConfigureAwait(false);
        Task reconnecting;
        lock (_sync)
        {
            reconnecting = _reconnecting;
        }

        await reconnecting.ConfigureAwait(false);
        TcmuNetlink? last;
        lock (_sync)
        {
            last = _current;
            _current = null;
            _restored.TrySetResult();
        }

        if (last is not null)
        {
            await last.DisposeAsync().ConfigureAwait(false);
        }

        _disposing.Dispose();
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }

    private void OnBroken()
    {
        lock (_sync)
        {
            if (_current is not { } broken || _disposing.IsCancellationRequested)
            {
                return;
            }

            _current = null;
            _restored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            CancellationToken disposing = _disposing.Token;
            _reconnecting = Task.Run(() => ReconnectAsync(broken, disposing), CancellationToken.None);
        }
    }

    private async Task ReconnectAsync(TcmuNetlink broken, CancellationToken cancellationToken)
    {
        await broken.DisposeAsync().ConfigureAwait(false);
        TimeSpan pause = firstPause;
        bool isRestored = false;
        while (!isRestored && await PauseAsync(pause, cancellationToken).ConfigureAwait(false))
        {
            pause = pause * 2 < longestPause ? pause * 2 : longestPause;
            isRestored = TryRestore(pause);
        }

        if (isRestored)
        {
            sink.OnEventsLost();
        }
    }

    /// <returns>False when it was cut short by the end.</returns>
    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        await Task.Delay(pause, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !cancellationToken.IsCancellationRequested;
    }

    private bool TryRestore(TimeSpan nextPause)
    {
        try
        {
            Start();
            Log.NetlinkReopened(logger);
            return true;
        }
        catch (TcmuException exception)
        {
            Log.NetlinkNotReopened(logger, nextPause.TotalSeconds, exception);
            return false;
        }
    }
}

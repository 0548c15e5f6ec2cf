// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.Tcmu;

// What the loop calls, on its own thread; and the state that only that thread touches.
internal sealed partial class TcmuDevice
{
    /// <summary>One interval of the time-out clock.</summary>
    private const long TickMilliseconds = 1000;

    /// <summary>POLLIN of poll(2).</summary>
    private const short PollIn = 0x1;

    private long _notifications;
    private bool _takesNoMore;
    private bool _isGone;
    private TaskCompletionSource? _drained;

    /// <inheritdoc/>
    protected internal override bool Poll()
    {
        if (_takesNoMore || !_ring.Poll())
        {
            return false;
        }

        CommandCount = _ring.Commands;
        ArmDeadline();
        return true;
    }

    /// <inheritdoc/>
    protected internal override void EndBatch()
    {
        Notify();
        SignalDrained();
    }

    /// <inheritdoc/>
    protected internal override void OnReady(short events)
    {
        // The event is taken before the ring is polled, so an entry that comes in between raises another one. Kernels differ in what they
        // report of a removed device; all of them report something else than POLLIN alone, or fail the read.
        if (events != PollIn || _options.Uio.Channel.ReadEvent() == UioEvent.Gone)
        {
            BecomeGone();
        }
    }

    /// <summary>An interval has ended: looks for commands that run for too long.</summary>
    /// <remarks>
    /// A command that is late is reported and its token cancelled, but it is not answered here: the handler still owns its buffers, and the
    /// kernel would give them to another command as soon as it saw an answer. The kernel's own <c>cmd_time_out</c> tells the initiator.
    /// </remarks>
    protected internal override void OnDeadline()
    {
        _ring.Tick(_timeOutSeconds);
        ArmDeadline();
    }

    /// <inheritdoc/>
    protected internal override void OnFailed(Exception exception)
    {
        Log.DeviceFailed(_logger, exception, Name, UioName);
        _ring.Detach();
        SignalDrained();
        _ended.TrySetResult(new TcmuDeviceEnd(TcmuDeviceEndReason.Failed, exception));
    }

    // The clock runs only while a command outlives the turn it came in, so it costs nothing where commands complete at once.
    private void ArmDeadline()
    {
        if (_timeOutSeconds != 0 && _ring.InFlight != 0 && DeadlineMilliseconds == long.MaxValue)
        {
            DeadlineMilliseconds = Environment.TickCount64 + TickMilliseconds;
        }
    }

    private void Notify()
    {
        if (!_ring.HasNews || _isGone)
        {
            return;
        }

        _ring.ClearNews();
        _notifications++;
        if (!_options.Uio.Channel.Notify())
        {
            BecomeGone();
        }
    }

    private void BecomeGone()
    {
        if (_isGone)
        {
            return;
        }

        _isGone = true;
        _ring.Detach();
        SignalDrained();
        _ended.TrySetResult(new TcmuDeviceEnd(TcmuDeviceEndReason.Gone));
        Log.DeviceGone(_logger, Name, UioName);
        // The descriptor stays readable from now on and would keep the loop busy.
        _ = LeaveLoopAsync();
    }

    private void SignalDrained()
    {
        if (_drained is not null && _ring.IsDrained)
        {
            _drained.SetResult();
            _drained = null;
        }
    }
}

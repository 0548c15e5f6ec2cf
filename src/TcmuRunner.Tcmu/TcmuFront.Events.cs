// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;
using TcmuRunner.Tcmu.ConfigFs;
using TcmuRunner.Tcmu.Front;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu;

/// <content>
/// The kernel's events. What each is answered with:
/// <code>
///  event     device                           reply
///  ADDED     new, its handler opens it        0
///            new, its handler refuses         the errno of the refusal; the kernel drops the device
///            already being served             0
///            no handler for its subtype       -ENOENT, or none (AnswerForeign)
///            while this program stops         -EAGAIN
///  REMOVED   any                              0, after a bounded time
///            no handler for its subtype       0, or none (AnswerForeign)
///  RECONFIG  ours                             0 or the errno of the refusal; the old value stays
///            unknown                          -ENODEV
///            no handler for its subtype       -ENODEV, or none (AnswerForeign)
///  any       its subtype is served elsewhere  none (IsServedElsewhere)
///  any       without a usable name            -EINVAL; REMOVED 0
/// </code>
/// </content>
public sealed partial class TcmuFront : ITcmuEventSink
{
    private static readonly Task<int?> s_success = Task.FromResult<int?>(0);
    private static readonly Task<int?> s_noReply = Task.FromResult<int?>(null);

    private bool _isRecovering;
    private bool _hasLostMore;
    private int _resetCount;

    void ITcmuEventSink.OnEvent(TcmuEvent tcmuEvent)
    {
        Task reply = ReplyAsync(tcmuEvent, Begin(tcmuEvent), _resetCount);
        lock (_sync)
        {
            _underWay.Add(reply);
        }

        _ = ForgetAsync(reply);
    }

    void ITcmuEventSink.OnEventsLost()
    {
        lock (_sync)
        {
            _hasLostMore = true;
            if (_isRecovering || _isStopping)
            {
                return;
            }

            _isRecovering = true;
        }

        Log.EventsLost(_logger);
        _ = RecoverAsync();
    }

    private async Task ReplyAsync(TcmuEvent tcmuEvent, Task<int?> work, int resetCount)
    {
        int? status;
        try
        {
            status = await work.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Log.EventFailed(_logger, tcmuEvent.Command, tcmuEvent.Name, exception);
            status = ControlErrno.StatusOf(exception);
        }

        if (status is not { } value)
        {
            return;
        }

        await _netlink.WhenConnectedAsync().ConfigureAwait(false);
        lock (_sync)
        {
            // A reset has failed the operation already. A reply now could hit the next one of the same device, whose waiter the kernel
            // would then never wake again.
            if (resetCount == _resetCount)
            {
                _netlink.SendDone(tcmuEvent, value);
            }
        }
    }

    private async Task ForgetAsync(Task reply)
    {
        await reply.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_sync)
        {
            _underWay.Remove(reply);
        }
    }

    /// <summary>Looks the device up and starts the work: the order of events is decided here, on the netlink thread.</summary>
    /// <returns>The status to reply with; null for no reply.</returns>
    private Task<int?> Begin(TcmuEvent tcmuEvent)
    {
        string? reason = tcmuEvent.Minor < 0 ? "it does not tell the device's number." : null;
        if (reason is not null || !UioName.TryParse(tcmuEvent.Name, out UioName? name, out reason))
        {
            Log.EventRefused(_logger, tcmuEvent.Command, reason);
            return Task.FromResult<int?>(tcmuEvent.Command == TcmuCommand.RemovedDevice ? 0 : -Errno.EINVAL);
        }

        return tcmuEvent.Command switch
        {
            TcmuCommand.AddedDevice => BeginAdd(tcmuEvent, name),
            TcmuCommand.RemovedDevice => BeginRemove(tcmuEvent, name),
            _ => BeginReconfigure(tcmuEvent, name),
        };
    }

    private Task<int?> BeginAdd(TcmuEvent tcmuEvent, UioName name)
    {
        if (IsForeign(name))
        {
            Log.ForeignRefused(_logger, name.ConfigFsName, name.Subtype);
            return ReplyToForeign(name, -Errno.ENOENT);
        }

        DeviceController device;
        lock (_sync)
        {
            if (_isStopping)
            {
                return Task.FromResult<int?>(-Errno.EAGAIN);
            }

            if (_devices.TryGetValue(tcmuEvent.Minor, out DeviceController? known))
            {
                if (known.IsLive && known.Name.IsSameDevice(name) && (known.DeviceId is null || known.DeviceId == tcmuEvent.DeviceId))
                {
                    known.DeviceId = tcmuEvent.DeviceId;
                    return s_success;
                }

                // Its removal was missed; the number has a new owner.
                _ = known.RemoveAsync();
            }

            device = new DeviceController(_services, tcmuEvent.Minor, name, OnVanished) { DeviceId = tcmuEvent.DeviceId };
            _devices[tcmuEvent.Minor] = device;
        }

        return Task.Run(() => AddAsync(tcmuEvent, device));
    }

    private async Task<int?> AddAsync(TcmuEvent tcmuEvent, DeviceController device)
    {
        int status = await device.AddAsync().ConfigureAwait(false);
        if (status == 0 || !device.IsLive)
        {
            return status;
        }

        // A kernel that does not wait keeps the device, whatever the reply says.
        if (!tcmuEvent.WantsReply || !device.ReadWaitsForReplies())
        {
            device.BeginRetrying();
            return status;
        }

        lock (_sync)
        {
            if (_devices.TryGetValue(device.Minor, out DeviceController? current) && ReferenceEquals(current, device))
            {
                _devices.Remove(device.Minor);
            }
        }

        NoteChange();
        return status;
    }

    private Task<int?> BeginRemove(TcmuEvent tcmuEvent, UioName name)
    {
        DeviceController? device;
        lock (_sync)
        {
            _devices.Remove(tcmuEvent.Minor, out device);
        }

        if (device is not null)
        {
            return Task.Run(async () =>
            {
                await device.RemoveAsync().ConfigureAwait(false);
                return (int?)0;
            });
        }

        return IsForeign(name) ? ReplyToForeign(name, 0) : s_success;
    }

    private Task<int?> BeginReconfigure(TcmuEvent tcmuEvent, UioName name)
    {
        DeviceController? device;
        lock (_sync)
        {
            if (_devices.TryGetValue(tcmuEvent.Minor, out device) && !device.Name.IsSameDevice(name))
            {
                device = null;
            }

            device?.DeviceId = tcmuEvent.DeviceId;
        }

        if (device is not null)
        {
            return Task.Run(async () => (int?)await device.ReconfigureAsync(tcmuEvent).ConfigureAwait(false));
        }

        return IsForeign(name) ? ReplyToForeign(name, -Errno.ENODEV) : Task.FromResult<int?>(-Errno.ENODEV);
    }

    private Task<int?> ReplyToForeign(UioName name, int status) =>
        _options.AnswerForeign && !_options.IsServedElsewhere(name.Subtype) ? Task.FromResult<int?>(status) : s_noReply;

    /// <summary>
    /// After lost events somebody may wait in the kernel for a reply to an event that nobody got. Those are failed (EINTR), but not the
    /// ones that are being worked on: so no new ones, these first, then the reset.
    /// </summary>
    private async Task RecoverAsync()
    {
        try
        {
            while (StillToRecover())
            {
                bool isBlocked = ConfigFs.TryBlockNetlink();
                try
                {
                    await WaitForEventsUnderWayAsync().ConfigureAwait(false);
                    if (isBlocked)
                    {
                        FailWaiters();
                    }

                    _ = Rescan();
                }
                finally
                {
                    UnblockUnlessStopping(isBlocked);
                }
            }

            Log.Recovered(_logger);
        }
        catch (Exception exception)
        {
            Log.NetlinkSwitchFailed(_logger, exception.Message);
            lock (_sync)
            {
                _isRecovering = false;
            }
        }
    }

    private void FailWaiters()
    {
        lock (_sync)
        {
            _resetCount++;
            SwitchNetlink(ConfigFs.ResetNetlink);
        }
    }

    private bool StillToRecover()
    {
        lock (_sync)
        {
            bool more = _hasLostMore && !_isStopping;
            _hasLostMore = false;
            _isRecovering = more;
            return more;
        }
    }

    private void UnblockUnlessStopping(bool isBlocked)
    {
        lock (_sync)
        {
            if (isBlocked && !_isStopping)
            {
                SwitchNetlink(ConfigFs.UnblockNetlink);
            }
        }
    }

    /// <summary>Waits for what the events that have come so far started, within <see cref="TcmuFrontOptions.StartLimit"/>.</summary>
    private async Task WaitForEventsUnderWayAsync()
    {
        Task[] underWay;
        lock (_sync)
        {
            underWay = [.. _underWay];
        }

        try
        {
            await Task.WhenAll(underWay).WaitAsync(_options.StartLimit, _services.TimeProvider)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (TimeoutException)
        {
            // A handler that hangs; its administrator's operation is failed with the lost ones.
        }
    }
}

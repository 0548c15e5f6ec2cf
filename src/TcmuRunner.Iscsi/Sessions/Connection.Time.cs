// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>Time-outs: a login that does not end, an initiator that is silent, one that does not close.</content>
internal sealed partial class Connection
{
    /// <summary>After a logout the initiator has so long to close its side.</summary>
    private const long EndMilliseconds = 5000;

    private readonly long _loginDeadline;
    private long _endDeadline;
    private long _pingSent;
    private long _logoutDeadline = long.MaxValue;

    /// <inheritdoc/>
    public long CheckTime(long now)
    {
        switch (_phase)
        {
            case ConnectionPhase.Login or ConnectionPhase.LoginWaits:
                if (now < _loginDeadline)
                {
                    return _loginDeadline;
                }

                Log.LoginTimedOut(_logger, Peer, Remote, _front.Options.LoginTimeout.TotalSeconds);
                Close();
                return long.MaxValue;
            case ConnectionPhase.Ending:
                if (now < _endDeadline)
                {
                    return _endDeadline;
                }

                Close();
                return long.MaxValue;
            case ConnectionPhase.FullFeature when now >= _logoutDeadline:
                Log.LogoutOverdue(_logger, Peer, Remote);
                Close();
                return long.MaxValue;
            case ConnectionPhase.FullFeature:
                return Math.Min(CheckSilence(now), _logoutDeadline);
            default:
                return long.MaxValue;
        }
    }

    /// <summary>Asks the initiator to log out (RFC 7143 11.9.1, event 1); it has so long before the connection is closed.</summary>
    internal void RequestLogout(TimeSpan limit)
    {
        ushort seconds = (ushort)Math.Clamp(limit.TotalSeconds, 1, ushort.MaxValue);
        SendAsynchronousMessage(AsynchronousEvent.LogoutRequest, 0, 0, seconds);
        _logoutDeadline = Environment.TickCount64 + (seconds * 1000L);
        Hub.Reschedule(this);
    }

    private long CheckSilence(long now)
    {
        long interval = (long)_front.Options.KeepAliveInterval.TotalMilliseconds;
        if (interval == 0)
        {
            return long.MaxValue;
        }

        long silence = now - Math.Max(_lastReceive, _pingSent);
        if (silence < interval)
        {
            return now - silence + interval;
        }

        if (_pingSent > _lastReceive)
        {
            Log.InitiatorSilent(_logger, Peer, Remote, (now - _lastReceive) / 1000.0);
            Close();
            return long.MaxValue;
        }

        // A ping that wants an answer has a tag of ours; the initiator's answer needs no more than to arrive.
        OutgoingPdu pdu = Hub.RentPdu();
        PduWriter.NopIn(pdu.Header, stackalloc byte[8], BasicHeaderSegment.NoTag, 1);
        SendWithoutStatus(pdu);
        _pingSent = now;
        return now + interval;
    }
}

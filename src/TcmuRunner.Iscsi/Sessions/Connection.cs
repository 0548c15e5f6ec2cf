// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using TcmuRunner.Io.Native;
using TcmuRunner.Iscsi.Login;
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>One TCP connection, from accept to close. Belongs to one hub at a time and is touched on its loop only.</summary>
internal sealed unsafe partial class Connection : IHubMember
{
    private readonly FrontServices _front;
    private readonly FileDescriptor _socket;
    private readonly ILogger _logger;
    private ConnectionPhase _phase = ConnectionPhase.Login;
    private long _lastReceive = Environment.TickCount64;
    private bool _isDraining;
    private int _taskCount;
    private bool _isReady;
    private bool _isDirty;

    /// <param name="front">What the connections of a front share.</param>
    /// <param name="hub">The hub that it begins at.</param>
    /// <param name="socket">The socket, which is the object's from now on.</param>
    /// <param name="listened">The portal's address, as configured.</param>
    /// <param name="remote">The initiator's address.</param>
    internal Connection(FrontServices front, Hub hub, FileDescriptor socket, IPEndPoint listened, IPEndPoint remote)
    {
        _front = front;
        _logger = front.Logger;
        Hub = hub;
        _socket = socket;
        Listened = listened;
        Remote = remote;
        Parameters = new NegotiatedParameters();
        _header = GC.AllocateUninitializedArray<byte>(BasicHeaderSegment.Length, pinned: true);
        _login = new LoginExchange(new LoginContext(front.Configuration, listened, remote.Address));
        _loginDeadline = Environment.TickCount64 + (long)front.Options.LoginTimeout.TotalMilliseconds;
    }

    /// <inheritdoc/>
    public SafeHandle Socket => _socket;

    /// <inheritdoc/>
    public int HubIndex { get; set; } = -1;

    /// <summary>The hub whose loop the connection belongs to.</summary>
    internal Hub Hub { get; private set; }

    /// <summary>The portal's address, as configured.</summary>
    internal IPEndPoint Listened { get; }

    /// <summary>The initiator's address.</summary>
    internal IPEndPoint Remote { get; }

    /// <summary>The session, once the login is over.</summary>
    internal Session? Session { get; private set; }

    /// <summary>The initiator's number for the connection.</summary>
    internal ushort ConnectionId { get; private set; }

    /// <summary>What was agreed on; the defaults during the login.</summary>
    internal NegotiatedParameters Parameters { get; private set; }

    internal bool IsClosed => _phase == ConnectionPhase.Closed;

    /// <summary>Who is at the other end, for the log.</summary>
    internal string Peer => _login is { InitiatorName.Length: > 0 } login ? login.InitiatorName : Session?.InitiatorName ?? Remote.ToString();

    /// <inheritdoc/>
    public void OnEvents(uint events)
    {
        if ((events & (uint)(ushort)Libc.POLLOUT) != 0 && _isSendBlocked)
        {
            _isSendBlocked = false;
            MarkDirty();
            if (_isReceivePaused)
            {
                _isReceivePaused = false;
                MarkReady();
            }
        }

        if ((events & ~(uint)(ushort)Libc.POLLOUT) != 0)
        {
            MarkReady();
        }
    }

    /// <inheritdoc/>
    public void Fail(Exception exception)
    {
        Log.ConnectionFailed(_logger, exception, Peer, Remote);
        Close();
    }

    /// <summary>Sends what the turn has collected.</summary>
    internal void EndBatch()
    {
        _isDirty = false;
        Flush();
    }

    /// <summary>Ends the connection at once: nothing more is sent or received. Its commands are aborted.</summary>
    internal void Close()
    {
        if (_phase == ConnectionPhase.Closed)
        {
            return;
        }

        _phase = ConnectionPhase.Closed;
        Hub.Remove(this);
        Hub.AddLoad(-1);
        DropQueue();
        DropReceived();
        _front.Forget(this);
        Session?.RemoveConnection(this);
        _socket.Dispose();
    }

    /// <summary>Ends the connection once what was said is sent; the initiator closes its side then.</summary>
    internal void CloseAfterSending()
    {
        if (_phase is ConnectionPhase.Closed or ConnectionPhase.Ending)
        {
            return;
        }

        _phase = ConnectionPhase.Ending;
        _endDeadline = Environment.TickCount64 + EndMilliseconds;
        MarkDirty();
        Hub.Reschedule(this);
    }

    /// <summary>
    /// Ends the connection because the daemon stops: tells the initiator, so that it comes back by itself, takes no more commands, and closes
    /// when those in flight are answered.
    /// </summary>
    internal void EndInOrder()
    {
        if (_phase != ConnectionPhase.FullFeature)
        {
            Close();
            return;
        }

        SendAsynchronousMessage(AsynchronousEvent.AllConnectionsDropped, 0, (ushort)Parameters.DefaultTime2Wait, (ushort)Parameters.DefaultTime2Retain);
        _isDraining = true;
        CloseWhenDrained();
    }

    private void CloseWhenDrained()
    {
        if (_isDraining && _taskCount == 0)
        {
            CloseAfterSending();
        }
    }

    private void MarkReady()
    {
        if (!_isReady)
        {
            _isReady = true;
            Hub.AddReady(this);
        }
    }

    private void MarkDirty()
    {
        if (!_isDirty)
        {
            _isDirty = true;
            Hub.AddDirty(this);
        }
    }

    /// <summary>The initiator broke the protocol in a way that only a new connection heals (RFC 7143 7.1.4.3 at error recovery level 0).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Break(string reason)
    {
        Log.ProtocolBroken(_logger, Peer, Remote, reason);
        Close();
    }
}

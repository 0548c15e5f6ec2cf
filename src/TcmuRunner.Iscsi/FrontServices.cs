// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Microsoft.Extensions.Logging;
using TcmuRunner.Io.Native;
using TcmuRunner.Iscsi.Login;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Iscsi.Sessions;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi;

/// <summary>What the connections of a front share: hubs, configuration, and the list of sessions. Any thread.</summary>
/// <param name="options">How the front runs.</param>
/// <param name="logger">Its messages.</param>
internal sealed class FrontServices(IscsiFrontOptions options, ILogger logger)
{
    // Guards the list of connections, the sessions and the handles. Taken at login and logout only, and never while anything is waited for.
    private readonly Lock _sync = new();
    private readonly HashSet<Connection> _connections = [];
    private readonly Dictionary<SessionIdentity, Session> _sessions = [];
    private readonly Dictionary<ushort, Session> _byHandle = [];
    private ushort _lastHandle;
    private long _lastSessionId;
    private volatile TargetConfiguration _configuration = TargetConfiguration.Empty;

    /// <summary>Tells that sessions or their connections have come or gone. On any thread, which it must not keep.</summary>
    internal event Action? SessionsChanged;

    internal IscsiFrontOptions Options => options;

    internal ILogger Logger => logger;

    /// <summary>What is served; replaced as a whole.</summary>
    internal TargetConfiguration Configuration
    {
        get => _configuration;
        set => _configuration = value;
    }

    /// <summary>The hubs; set once, before the first connection.</summary>
    internal IReadOnlyList<Hub> Hubs { get; set; } = [];

    /// <summary>Whether no more connections are taken.</summary>
    internal bool IsStopping { get; set; }

    /// <summary>The connections of this moment.</summary>
    internal Connection[] Connections
    {
        get
        {
            lock (_sync)
            {
                return [.. _connections];
            }
        }
    }

    /// <summary>The sessions of this moment.</summary>
    internal Session[] Sessions
    {
        get
        {
            lock (_sync)
            {
                return [.. _sessions.Values];
            }
        }
    }

    /// <summary>Takes over a connection that a portal has accepted.</summary>
    internal void Accept(FileDescriptor socket, IPEndPoint listened, IPEndPoint remote)
    {
        Hub hub = Hubs.MinBy(hub => hub.Load)!;
        Connection connection;
        lock (_sync)
        {
            if (IsStopping || _connections.Count >= options.MaximumConnections)
            {
                Log.ConnectionRefused(logger, remote, _connections.Count);
                socket.Dispose();
                return;
            }

            connection = new Connection(this, hub, socket, listened, remote);
            _connections.Add(connection);
        }

        hub.AddLoad(1);
        _ = hub.Loop.InvokeAsync(() =>
        {
            try
            {
                hub.Add(connection);
            }
            catch (IscsiException exception)
            {
                connection.Fail(exception);
            }
        });
    }

    /// <summary>A number for a session.</summary>
    internal long NextSessionId() => Interlocked.Increment(ref _lastSessionId);

    /// <summary>Sessions or their connections have come or gone.</summary>
    internal void TellSessionsChanged() => SessionsChanged?.Invoke();

    /// <summary>A connection has ended.</summary>
    internal void Forget(Connection connection)
    {
        lock (_sync)
        {
            _connections.Remove(connection);
        }
    }

    /// <summary>A login is complete but for its place in a session. On the connection's loop.</summary>
    internal void Establish(
        Connection connection, LoginExchange login, ulong initiatorSessionId, ushort handle, uint commandNumber, LoginReply reply)
    {
        var identity = new SessionIdentity(login.InitiatorName, initiatorSessionId, login.Node?.Name ?? "", login.Group?.Tag ?? 0);
        if (handle == 0)
        {
            Begin(connection, login, identity, commandNumber, reply);
        }
        else
        {
            Join(connection, login, identity, handle, reply);
        }
    }

    /// <summary>A session is over, to its last command.</summary>
    internal void Settled(Session session)
    {
        lock (_sync)
        {
            if (_sessions.TryGetValue(session.Identity, out Session? current) && current == session)
            {
                _sessions.Remove(session.Identity);
            }

            _byHandle.Remove(session.Handle);
        }
    }

    /// <summary>Ends every command of some units, in all sessions.</summary>
    internal void AbortEverywhere(LogicalUnit[] units, SettleGate gate)
    {
        foreach (Hub hub in Hubs)
        {
            gate.Hold();
            _ = hub.Loop.InvokeAsync(() =>
            {
                foreach (Session session in hub.Sessions.ToArray())
                {
                    session.AbortWhere(static (task, wanted) => Array.Exists(wanted, task.IsFor), units, gate);
                }

                gate.Release();
            });
        }
    }

    /// <summary>Ends all sessions of a target.</summary>
    internal void CloseSessionsOf(string targetName)
    {
        foreach (Session session in Sessions.Where(session => session.Node?.Name == targetName))
        {
            _ = session.Hub.Loop.InvokeAsync(session.Close);
        }
    }

    private void Begin(Connection connection, LoginExchange login, SessionIdentity identity, uint commandNumber, LoginReply reply)
    {
        Session? old;
        Session? session = null;
        lock (_sync)
        {
            old = _sessions.GetValueOrDefault(identity);
            if (old is null && TryFindHandle(out ushort handle))
            {
                session = new Session(this, connection.Hub, login, identity, handle, commandNumber);
                _sessions.Add(identity, session);
                _byHandle.Add(handle, session);
            }
        }

        if (session is not null)
        {
            session.Open(connection);
            connection.EnterFullFeature(session, reply);
        }
        else if (old is not null)
        {
            Log.SessionReinstated(logger, identity.InitiatorName, identity.TargetName);
            _ = ReplaceAsync(old, connection, login, identity, commandNumber, reply);
        }
        else
        {
            connection.RefuseLogin(LoginStatus.OutOfResources, "There are as many sessions as there are handles.");
        }
    }

    // The same initiator port logs in again: its old session ends first, to the last command (RFC 7143 6.3.5). A command that a handler does
    // not give back keeps the new login waiting until that times out: it must not overtake what the initiator sends now.
    private async Task ReplaceAsync(
        Session old, Connection connection, LoginExchange login, SessionIdentity identity, uint commandNumber, LoginReply reply)
    {
        await old.Hub.Loop.InvokeAsync(old.Close).ConfigureAwait(false);
        await old.Settled.ConfigureAwait(false);
        await connection.Hub.Loop.InvokeAsync(() =>
        {
            if (!connection.IsClosed)
            {
                Begin(connection, login, identity, commandNumber, reply);
            }
        }).ConfigureAwait(false);
    }

    private void Join(Connection connection, LoginExchange login, SessionIdentity identity, ushort handle, LoginReply reply)
    {
        Session? session;
        lock (_sync)
        {
            session = _byHandle.GetValueOrDefault(handle);
        }

        if (session is null || session.Identity != identity)
        {
            connection.RefuseLogin(LoginStatus.SessionDoesNotExist, $"There is no session with the handle {handle} for this initiator.");
        }
        else if (session.Hub == connection.Hub)
        {
            session.Join(connection, login, reply);
        }
        else
        {
            connection.MoveTo(session.Hub, () => session.Join(connection, login, reply));
        }
    }

    private bool TryFindHandle(out ushort handle)
    {
        for (int tries = 0; tries < ushort.MaxValue; tries++)
        {
            _lastHandle = _lastHandle == ushort.MaxValue ? (ushort)1 : (ushort)(_lastHandle + 1);
            if (!_byHandle.ContainsKey(_lastHandle))
            {
                handle = _lastHandle;
                return true;
            }
        }

        handle = 0;
        return false;
    }
}

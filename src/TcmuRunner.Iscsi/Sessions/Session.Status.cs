// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <content>What the session tells of itself, and the request to log out.</content>
internal sealed partial class Session
{
    // Written on the session's loop only; others read them whole, because they are 64 bits wide and aligned.
    private long _commands;
    private long _bytesRead;
    private long _bytesWritten;
    private long _errors;
    private volatile Connection[] _seen = [];

    /// <summary>Tells sessions of one life of the front apart.</summary>
    internal long Id { get; }

    /// <summary>Counts a command that is answered.</summary>
    /// <param name="task">The command.</param>
    /// <param name="sent">Bytes of Data-In.</param>
    internal void Count(IscsiTask task, uint sent)
    {
        Volatile.Write(ref _commands, _commands + 1);
        if (sent != 0)
        {
            Volatile.Write(ref _bytesRead, _bytesRead + sent);
        }

        if (task.Received != 0)
        {
            Volatile.Write(ref _bytesWritten, _bytesWritten + task.Received);
        }

        if (task.Status != ScsiStatus.Good)
        {
            Volatile.Write(ref _errors, _errors + 1);
        }
    }

    /// <summary>The session at this moment; null for discovery, and for one that has no connection. Any thread.</summary>
    internal SessionStatus? Describe()
    {
        Connection[] connections = _seen;
        return IsDiscovery || connections.Length == 0
            ? null
            : new SessionStatus
            {
                Id = Id,
                TargetName = Identity.TargetName,
                PortalGroupTag = Identity.PortalGroupTag,
                InitiatorName = InitiatorName,
                InitiatorSessionId = Identity.InitiatorSessionId,
                Handle = Handle,
                Connections = [.. connections.Select(connection => new ConnectionStatus(connection.ConnectionId, connection.Remote, connection.Listened))],
                Commands = Volatile.Read(ref _commands),
                BytesRead = Volatile.Read(ref _bytesRead),
                BytesWritten = Volatile.Read(ref _bytesWritten),
                Errors = Volatile.Read(ref _errors),
                CommandsInFlight = Volatile.Read(ref _inFlight),
            };
    }

    /// <summary>Asks the initiator to log out; a connection that is still there after the limit is closed.</summary>
    /// <param name="limit">How long it may take, in whole seconds as the protocol has it.</param>
    internal void RequestLogout(TimeSpan limit)
    {
        foreach (Connection connection in _connections.ToArray())
        {
            connection.RequestLogout(limit);
        }
    }

    private void ConnectionsChanged()
    {
        _seen = [.. _connections];
        _front.TellSessionsChanged();
    }
}

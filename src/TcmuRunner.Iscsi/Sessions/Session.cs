// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Iscsi.Login;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>
/// A session: the order of its commands, the commands in flight, and what its initiator sees. All its connections belong to one hub, and so
/// does the session: everything here runs on that loop.
/// </summary>
internal sealed partial class Session
{
    /// <summary>Immediate commands that may come on top of the window.</summary>
    private const int ImmediateSlots = 16;

    private readonly FrontServices _front;
    private readonly List<Connection> _connections = [];
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isEnded;

    internal Session(FrontServices front, Hub hub, LoginExchange login, SessionIdentity identity, ushort handle, uint commandNumber)
    {
        _front = front;
        Id = front.NextSessionId();
        Hub = hub;
        Identity = identity;
        Handle = handle;
        IsDiscovery = login.IsDiscovery;
        Node = login.Node;
        Group = login.Group;
        InitiatorName = login.InitiatorName;
        MaximumConnections = login.Parameters.MaximumConnections;
        Luns = LunMap.Empty;
        Nexus = CreateNexus(identity);
        ExpectedCommandNumber = commandNumber;
        _depth = login.Group?.Parameters.QueueDepth ?? 1;
        _slots = IsDiscovery ? [] : new IscsiTask?[_depth + ImmediateSlots];
        _generations = new ushort[_slots.Length];
        _freeSlots = new int[_slots.Length];
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            _freeSlots[slot] = _slots.Length - 1 - slot;
        }

        _freeCount = _slots.Length;
        if (login is { Group: { } group, Rule: { } rule })
        {
            SetLuns(LunMap.Create(rule.Luns ?? group.Luns), isNew: true);
        }
    }

    // The initiator port has the name and the session id (RFC 7143 4.4.3), by which reservations know it again; the portal group is the target port.
    private ItNexus CreateNexus(SessionIdentity identity)
    {
        Span<byte> sessionId = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(sessionId, identity.InitiatorSessionId);
        return new ItNexus(identity.InitiatorName, TransportId.ForIscsi(identity.InitiatorName, sessionId[2..]), identity.PortalGroupTag)
        {
            AbortCommands = AbortCommandsAsync,
            VisibleUnits = () => Luns.Mappings.Where(mapping => !mapping.IsReadOnly).Select(mapping => mapping.Unit),
        };
    }

    /// <summary>The hub of all its connections.</summary>
    internal Hub Hub { get; }

    /// <summary>What makes two logins the same session.</summary>
    internal SessionIdentity Identity { get; }

    /// <summary>The target session identifying handle; never 0.</summary>
    internal ushort Handle { get; }

    internal bool IsDiscovery { get; }

    /// <summary>The target; null for discovery.</summary>
    internal TargetNode? Node { get; private set; }

    /// <summary>The portal group; null for discovery.</summary>
    internal PortalGroup? Group { get; private set; }

    internal string InitiatorName { get; }

    /// <summary>How many connections were agreed on.</summary>
    internal int MaximumConnections { get; }

    /// <summary>The nexus under which logical units know the session.</summary>
    internal ItNexus Nexus { get; }

    /// <summary>Its connections.</summary>
    internal IReadOnlyList<Connection> Connections => _connections;

    /// <summary>Completed when the session is over and no logical unit has a command of it any more. Any thread.</summary>
    internal Task Settled => _settled.Task;

    /// <summary>Begins to live with its first connection.</summary>
    internal void Open(Connection connection)
    {
        Hub.Sessions.Add(this);
        _connections.Add(connection);
        ConnectionsChanged();
        Log.SessionOpened(_front.Logger, InitiatorName, connection.Remote, Node?.Name ?? "discovery");
    }

    /// <summary>Takes another connection in, or one that takes the place of a lost one.</summary>
    internal void Join(Connection connection, LoginExchange login, LoginReply reply)
    {
        if (_isEnded)
        {
            connection.RefuseLogin(LoginStatus.SessionDoesNotExist, "The session has just ended.");
            return;
        }

        // A connection of the same number is a lost one that the initiator replaces (RFC 7143 6.3.4). The new one is counted first, so that the
        // session outlives the old one.
        Connection? old = FindConnection(connection.ConnectionId);
        if (old is null && _connections.Count >= MaximumConnections)
        {
            connection.RefuseLogin(LoginStatus.TooManyConnections, $"The session has {_connections.Count} connections already.");
            return;
        }

        _connections.Add(connection);
        ConnectionsChanged();
        old?.Close();
        Log.ConnectionJoined(_front.Logger, login.InitiatorName, connection.Remote, connection.ConnectionId);
        connection.EnterFullFeature(this, reply);
    }

    internal Connection? FindConnection(ushort connectionId) => _connections.Find(connection => connection.ConnectionId == connectionId);

    /// <summary>A connection has ended: so have its commands, and with the last one the session.</summary>
    internal void RemoveConnection(Connection connection)
    {
        if (!_connections.Remove(connection))
        {
            return;
        }

        ConnectionsChanged();
        AbortWhere(static (task, ended) => task.Connection == ended, connection, null);
        if (_connections.Count == 0)
        {
            End();
        }
    }

    /// <summary>Ends all connections but one.</summary>
    internal void CloseOthers(Connection? kept)
    {
        foreach (Connection connection in _connections.ToArray())
        {
            if (connection != kept)
            {
                connection.Close();
            }
        }
    }

    /// <summary>Ends the session at once: its initiator has logged in again, or may not be here any more.</summary>
    internal void Close() => CloseOthers(null);

    /// <summary>The configuration has changed: takes over what it says of this session, or ends it.</summary>
    internal void Reconfigure(TargetConfiguration configuration)
    {
        if (IsDiscovery || _isEnded || _connections.Count == 0)
        {
            return;
        }

        TargetNode? node = configuration.Find(Node!.Name);
        PortalGroup? group = node?.PortalGroups.FirstOrDefault(group => group.Tag == Group!.Tag && group.IsEnabled);
        InitiatorRule? rule = group?.FindRule(InitiatorName, _connections[0].Remote.Address);
        if (rule is null)
        {
            Log.SessionEnded(_front.Logger, InitiatorName, Node.Name);
            Close();
            return;
        }

        Node = node;
        Group = group;
        SetLuns(LunMap.Create(rule.Luns ?? group!.Luns), isNew: false);
        foreach (Connection connection in _connections.Where(connection => node!.FindGroup(connection.Listened) != group).ToArray())
        {
            Log.PortalTakenAway(_front.Logger, InitiatorName, connection.Listened);
            connection.Close();
        }
    }

    private void End()
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        Hub.Sessions.Remove(this);
        SettleIfOver();
    }

    private void SettleIfOver()
    {
        if (_isEnded && _inFlight == 0)
        {
            // Reservations and unit attentions of the nexus end with its last command.
            SetLuns(LunMap.Empty, isNew: false);
            _front.Settled(this);
            _settled.TrySetResult();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Microsoft.Extensions.Logging;
using TcmuRunner.Io;
using TcmuRunner.Iscsi.Sessions;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi;

/// <summary>
/// The iSCSI target: serves logical units over TCP, in user space, without root. <see cref="StartAsync"/>, <see cref="ApplyAsync(TargetConfiguration, CancellationToken)"/> as often as
/// the configuration changes, <see cref="StopAsync"/>. For control threads.
/// </summary>
public sealed class IscsiFront : IAsyncDisposable
{
    /// <summary>iSCSI among the protocol identifiers (SPC-5 7.6.1).</summary>
    private const byte ProtocolId = 5;

    private static readonly TimeSpan s_drainStep = TimeSpan.FromMilliseconds(2);

    private static readonly TargetPortGroup s_alwaysActive = new()
    {
        Id = 1,
        State = AsymmetricAccessState.ActiveOptimized,
        SupportedStates = 0x01,
        IsImplicit = true,
        Ports = [],
    };

    private readonly IscsiFrontOptions _options;
    private readonly ILogger _logger;
    private readonly FrontServices _services;
    private readonly SemaphoreSlim _control = new(1, 1);
    private readonly List<Listener> _listeners = [];
    private bool _isStopped;

    /// <summary>Creates a front that serves nothing yet.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="logger">Its messages.</param>
    public IscsiFront(IscsiFrontOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.LoopCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.LoopCount, 64);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MemoryLimitBytes, 16 << 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumTransferBytes, 1 << 20);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaximumTransferBytes, BufferPool.MaximumLength);
        _options = options;
        _logger = logger;
        _services = new FrontServices(options, logger);
    }

    /// <summary>What is served. Any thread.</summary>
    public TargetConfiguration Configuration => _services.Configuration;

    /// <summary>The addresses that are listened on, with the ports that the system chose where none was configured.</summary>
    public IReadOnlyList<IPEndPoint> Portals => [.. _listeners.Select(listener => listener.Bound)];

    /// <summary>How many sessions there are. Any thread.</summary>
    public int SessionCount => _services.Sessions.Length;

    /// <summary>Tells that sessions or their connections have come or gone. Called on a loop: it must be quick.</summary>
    public event Action? SessionsChanged
    {
        add => _services.SessionsChanged += value;
        remove => _services.SessionsChanged -= value;
    }

    /// <summary>The sessions with targets, in the order of their beginning. Any thread.</summary>
    public IReadOnlyList<SessionStatus> Sessions =>
        [.. _services.Sessions.Select(session => session.Describe()).OfType<SessionStatus>().OrderBy(session => session.Id)];

    /// <summary>A session that has not ended, or null. Any thread.</summary>
    public SessionStatus? FindSession(long id) => _services.Sessions.FirstOrDefault(session => session.Id == id)?.Describe();

    /// <summary>
    /// The target ports through which a unit is reached, in the groups that the configuration puts them in, in order of the groups' identifiers.
    /// A portal group that is not enabled stands for a port of another gateway. Any thread.
    /// </summary>
    public IReadOnlyList<TargetPortGroup> FindPortGroups(LogicalUnit unit) =>
    [
        .. from node in Configuration.Nodes
           from portals in node.PortalGroups
           let mapping = portals.Luns.FirstOrDefault(mapping => mapping.Unit == unit)
           where mapping is not null
           let port = new TargetPort(portals.Tag, ProtocolId, node.Name, portals.Tag, portals.IsEnabled)
           group (Port: port, Group: mapping.AccessGroup ?? s_alwaysActive) by (mapping.AccessGroup ?? s_alwaysActive).Id into ways
           orderby ways.Key
           select ways.First().Group with { Ports = [.. ways.Select(way => way.Port)] },
    ];

    /// <summary>What the connections share.</summary>
    internal FrontServices Services => _services;

    /// <summary>Starts the loops.</summary>
    /// <exception cref="IscsiException">The system gives no resources.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var hubs = new List<Hub>();
        for (int index = 0; index < _options.LoopCount; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Nothing that a spinning loop looks at tells of a packet, so it would only keep the initiator from running.
            var loop = new IoLoopOptions { Name = $"iscsi:{index}", MaximumSpin = TimeSpan.Zero, ForceEpoll = _options.ForceEpoll };
            hubs.Add(await Hub.StartAsync(loop, _options.MemoryLimitBytes / _options.LoopCount, _logger).ConfigureAwait(false));
        }

        _services.Hubs = hubs;
    }

    /// <summary>
    /// Makes a configuration the one that is served. Sessions that it still allows go on: their logical units change under them, and those of
    /// which something is taken away are told. Afterwards no command uses a unit that is in it no more, unless its handler has kept one for
    /// longer than <see cref="IscsiFrontOptions.DrainLimit"/>.
    /// </summary>
    /// <exception cref="IscsiException">It is not possible; nothing has changed.</exception>
    public Task ApplyAsync(TargetConfiguration configuration, CancellationToken cancellationToken) =>
        ApplyAsync(configuration, static () => Task.CompletedTask, cancellationToken);

    /// <summary>As <see cref="ApplyAsync(TargetConfiguration, CancellationToken)"/>, with work of the caller's that may fail.</summary>
    /// <param name="configuration">What is to be served.</param>
    /// <param name="prepare">Called when nothing else can fail and nothing has changed; what it throws ends the attempt, and nothing has changed.</param>
    /// <param name="cancellationToken">Gives up while nothing has changed; later it ends the waiting for commands.</param>
    public async Task ApplyAsync(TargetConfiguration configuration, Func<Task> prepare, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prepare);
        ArgumentNullException.ThrowIfNull(configuration);
        ConfigurationCheck.Check(configuration);
        await _control.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            List<Listener> added = OpenPortals(configuration);
            try
            {
                await prepare().ConfigureAwait(false);
            }
            catch
            {
                added.ForEach(listener => listener.Close());
                throw;
            }

            LogicalUnit[] before = [.. UnitsOf(_services.Configuration)];
            _services.Configuration = configuration;
            await AddListenersAsync(added).ConfigureAwait(false);
            await CloseListenersAsync(PortalsOf(configuration)).ConfigureAwait(false);
            await ReconfigureSessionsAsync(configuration).ConfigureAwait(false);
            LogicalUnit[] now = [.. UnitsOf(configuration)];
            await DrainAsync(before.Except(now), cancellationToken).ConfigureAwait(false);
            Log.ConfigurationApplied(_logger, configuration.Nodes.Count, now.Length);
        }
        finally
        {
            _control.Release();
        }
    }

    /// <summary>Asks an initiator to log out, with an asynchronous message; it may log in again afterwards.</summary>
    /// <param name="sessionId">The session.</param>
    /// <param name="limit">After so long its connections are closed, 1 s to 65535 s.</param>
    /// <returns>False when there is no such session.</returns>
    public async Task<bool> RequestLogoutAsync(long sessionId, TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, TimeSpan.FromSeconds(ushort.MaxValue));
        if (_services.Sessions.FirstOrDefault(session => session.Id == sessionId && !session.IsDiscovery) is not { } session)
        {
            return false;
        }

        Log.LogoutRequested(_logger, session.InitiatorName, session.Identity.TargetName, limit.TotalSeconds);
        await session.Hub.Loop.InvokeAsync(() => session.RequestLogout(limit)).ConfigureAwait(false);
        return true;
    }

    /// <summary>Ends in order: no new connections, initiators are asked to log out, commands in flight complete, then the loops end.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _control.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isStopped)
            {
                return;
            }

            _isStopped = true;
            _services.IsStopping = true;
            await CloseListenersAsync([]).ConfigureAwait(false);
            await EndSessionsAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _control.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _control.Dispose();
    }

    private static IEnumerable<IPEndPoint> PortalsOf(TargetConfiguration configuration) =>
        configuration.Nodes.SelectMany(node => node.PortalGroups).Where(group => group.IsEnabled)
            .SelectMany(group => group.Portals).Select(portal => portal.EndPoint).Distinct();

    private static IEnumerable<LogicalUnit> UnitsOf(TargetConfiguration configuration) =>
        configuration.Nodes.SelectMany(node => node.PortalGroups)
            .SelectMany(group => group.Luns.Concat(group.Initiators.SelectMany(rule => rule.Luns ?? [])))
            .Select(mapping => mapping.Unit).Distinct();

    private List<Listener> OpenPortals(TargetConfiguration configuration)
    {
        var opened = new List<Listener>();
        try
        {
            foreach (IPEndPoint endPoint in PortalsOf(configuration).Except(_listeners.Select(listener => listener.EndPoint)))
            {
                opened.Add(Listener.Open(_services, endPoint));
            }
        }
        catch
        {
            opened.ForEach(listener => listener.Close());
            throw;
        }

        return opened;
    }

    private async Task AddListenersAsync(List<Listener> added)
    {
        foreach (Listener listener in added)
        {
            _listeners.Add(listener);
            await _services.Hubs[0].Loop.InvokeAsync(() => _services.Hubs[0].Add(listener)).ConfigureAwait(false);
            Log.Listening(_logger, listener.Bound);
        }
    }

    private async Task CloseListenersAsync(IEnumerable<IPEndPoint> kept)
    {
        foreach (Listener listener in _listeners.ExceptBy(kept, listener => listener.EndPoint).ToArray())
        {
            _listeners.Remove(listener);
            await _services.Hubs[0].Loop.InvokeAsync(() => _services.Hubs[0].Remove(listener)).ConfigureAwait(false);
            listener.Close();
        }
    }

    private async Task ReconfigureSessionsAsync(TargetConfiguration configuration)
    {
        // A login that is under way was judged by the old configuration: it is tried again.
        Connection[] connections = _services.Connections;
        foreach (Hub hub in _services.Hubs)
        {
            await hub.Loop.InvokeAsync(() =>
            {
                foreach (Connection connection in connections.Where(connection => connection.Hub == hub && connection.Session is null))
                {
                    connection.Close();
                }

                foreach (Session session in hub.Sessions.ToArray())
                {
                    session.Reconfigure(configuration);
                }
            }).ConfigureAwait(false);
        }
    }

    // A handler that does not give its commands back must not keep the others' configuration from ever changing again.
    private async Task DrainAsync(IEnumerable<LogicalUnit> units, CancellationToken cancellationToken)
    {
        long begin = Environment.TickCount64;
        foreach (LogicalUnit unit in units)
        {
            while (unit.CommandsInFlight > 0)
            {
                if (Environment.TickCount64 - begin > _options.DrainLimit.TotalMilliseconds)
                {
                    Log.DrainIncomplete(_logger, unit.Name, unit.CommandsInFlight, _options.DrainLimit.TotalSeconds);
                    break;
                }

                await Task.Delay(s_drainStep, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task EndSessionsAsync(CancellationToken cancellationToken)
    {
        Session[] sessions = _services.Sessions;
        foreach (Connection connection in _services.Connections)
        {
            await connection.Hub.Loop.InvokeAsync(connection.EndInOrder).ConfigureAwait(false);
        }

        Task ended = Task.WhenAll(sessions.Select(session => session.Settled));
        try
        {
            await ended.WaitAsync(_options.StopLimit, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // Those who did not log out are cut off; what a handler does not give back stays behind.
            foreach (Connection connection in _services.Connections)
            {
                await connection.Hub.Loop.InvokeAsync(connection.Close).ConfigureAwait(false);
            }

            int left = sessions.Count(session => !session.Settled.IsCompleted);
            if (left > 0)
            {
                Log.StopIncomplete(_logger, left, _options.StopLimit.TotalSeconds);
                return;
            }
        }

        foreach (Hub hub in _services.Hubs)
        {
            await hub.StopAsync().ConfigureAwait(false);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.DBus;
using TcmuRunner.DBus.Service;
using TcmuRunner.Iscsi.Sessions;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Targets;

namespace TcmuRunner.Control;

/// <summary>What callers on the bus can ask of the iSCSI front: every change is one of the targets file.</summary>
/// <param name="service">Runs the front from the file.</param>
internal sealed class TargetsControl(TargetsService service) : ITargetsControl
{
    /// <inheritdoc/>
    public IReadOnlyList<TargetFacts> Targets =>
        [.. (service.Front?.Configuration ?? TargetConfiguration.Empty).Nodes.SelectMany(node => node.PortalGroups.Select(group => Describe(node, group)))];

    /// <inheritdoc/>
    public IReadOnlyList<SessionFacts> Sessions => [.. (service.Front?.Sessions ?? []).Select(Describe)];

    /// <inheritdoc/>
    public SessionFacts? FindSession(ulong id) => service.Front?.FindSession((long)id) is { } session ? Describe(session) : null;

    /// <inheritdoc/>
    public Task ReloadAsync() => TellAsync(service.ReloadAsync);

    /// <inheritdoc/>
    public Task CreateAsync(string name, ushort tag, IReadOnlyList<string> portals) => ChangeAsync(document => document.Create(name, tag, portals));

    /// <inheritdoc/>
    public Task DeleteAsync(string name) => ChangeAsync(document => document.Delete(name));

    /// <inheritdoc/>
    public Task SetDiscoveryChapAsync(ChapSecrets secrets) => ChangeAsync(document => document.SetDiscoveryChap(secrets));

    /// <inheritdoc/>
    public async Task<ushort> AddLunAsync(TargetFacts target, string configuration, ulong sizeBytes, uint blockSizeBytes, int number)
    {
        ushort added = 0;
        await ChangeAsync(document => added = document.AddLun(target.Name, target.Tag, configuration, sizeBytes, blockSizeBytes, number));
        return added;
    }

    /// <inheritdoc/>
    public Task RemoveLunAsync(TargetFacts target, ushort number) => ChangeAsync(document => document.RemoveLun(target.Name, target.Tag, number));

    /// <inheritdoc/>
    public Task ResizeLunAsync(TargetFacts target, ushort number, ulong sizeBytes) =>
        ChangeAsync(document => document.ResizeLun(target.Name, target.Tag, number, sizeBytes));

    /// <inheritdoc/>
    public Task AddPortalAsync(TargetFacts target, string portal) => ChangeAsync(document => document.AddPortal(target.Name, target.Tag, portal));

    /// <inheritdoc/>
    public Task RemovePortalAsync(TargetFacts target, string portal) => ChangeAsync(document => document.RemovePortal(target.Name, target.Tag, portal));

    /// <inheritdoc/>
    public Task AddInitiatorAsync(TargetFacts target, string initiator) =>
        ChangeAsync(document => document.AddInitiator(target.Name, target.Tag, initiator));

    /// <inheritdoc/>
    public Task RemoveInitiatorAsync(TargetFacts target, string initiator) =>
        ChangeAsync(document => document.RemoveInitiator(target.Name, target.Tag, initiator));

    /// <inheritdoc/>
    public Task SetChapAsync(TargetFacts target, string initiator, ChapSecrets secrets) =>
        ChangeAsync(document => document.SetChap(target.Name, target.Tag, initiator, secrets));

    /// <inheritdoc/>
    public Task SetEnabledAsync(TargetFacts target, bool isEnabled) => ChangeAsync(document => document.SetEnabled(target.Name, target.Tag, isEnabled));

    /// <inheritdoc/>
    public Task SetAnyInitiatorAsync(TargetFacts target, bool isAllowed, bool isReadOnly) =>
        ChangeAsync(document => document.SetAnyInitiator(target.Name, target.Tag, isAllowed, isReadOnly));

    /// <inheritdoc/>
    public async Task LogOutAsync(SessionFacts session, uint seconds)
    {
        if (seconds is 0 or > ushort.MaxValue)
        {
            throw new BusException(BusErrorName.InvalidArgs, $"{seconds} s cannot be told to an initiator: 1 to {ushort.MaxValue} can.");
        }

        if (service.Front is not { } front || !await front.RequestLogoutAsync((long)session.Id, TimeSpan.FromSeconds(seconds)))
        {
            throw new BusException(BusErrorName.UnknownObject, $"The session {session.Id} has ended.");
        }
    }

    private Task ChangeAsync(Action<TargetsDocument> change) => TellAsync(() => service.ChangeAsync(change));

    // Off the thread of the bus, which nothing may keep: a disk that is opened takes its time.
    private static Task TellAsync(Func<Task> work) => Task.Run(async () =>
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (TargetsService.IsForUsers(exception))
        {
            throw new BusException(BusErrorName.Failed, exception.Message);
        }
    });

    private TargetFacts Describe(TargetNode node, PortalGroup group) => new()
    {
        Name = node.Name,
        Tag = group.Tag,
        IsEnabled = group.IsEnabled,
        AllowsAnyInitiator = group.AllowsAnyInitiator || group.Initiators.Any(rule => rule.Name is null),
        NeedsAuthentication = group.Authentication is not null || group.Initiators.Any(rule => rule.Authentication is not null),
        Portals = [.. group.Portals.Select(portal => portal.EndPoint.ToString())],
        Luns =
        [
            .. group.Luns.Select(mapping => new LunFacts(
                mapping.Lun,
                mapping.Unit.Name,
                service.ConfigurationOf(mapping.Unit),
                (ulong)(mapping.Unit.BlockCount * mapping.Unit.BlockSizeBytes),
                (uint)mapping.Unit.BlockSizeBytes)),
        ],
        Initiators =
        [
            .. group.Initiators.Where(rule => rule.Name is not null)
                .Select(rule => new InitiatorFacts(rule.Name!, rule.Authentication is not null && rule.Authentication != group.Authentication)),
        ],
    };

    private static SessionFacts Describe(SessionStatus session) => new()
    {
        Id = (ulong)session.Id,
        TargetName = session.TargetName,
        Tag = session.PortalGroupTag,
        InitiatorName = session.InitiatorName,
        InitiatorSessionId = session.InitiatorSessionId.ToString("x12", CultureInfo.InvariantCulture),
        Handle = session.Handle,
        Connections =
            [.. session.Connections.Select(connection => new ConnectionFacts(connection.Id, connection.Remote.ToString(), connection.Portal.ToString()))],
        Commands = (ulong)session.Commands,
        BytesRead = (ulong)session.BytesRead,
        BytesWritten = (ulong)session.BytesWritten,
        Errors = (ulong)session.Errors,
        CommandsInFlight = (uint)Math.Max(0, session.CommandsInFlight),
    };
}

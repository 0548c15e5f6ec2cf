// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl;

/// <content>The daemon's iSCSI front.</content>
internal sealed partial class DaemonClient
{
    /// <summary>The portal groups of all targets, by name and tag.</summary>
    internal async Task<IReadOnlyList<TargetInfo>> GetTargetsAsync() =>
    [
        .. (await GetManagedAsync(ServiceNames.TargetsPath, ServiceNames.Target))
            .Select(managed => TargetInfo.Read(managed.Path, new BusProperties(managed.Path, managed.Properties)))
            .OrderBy(target => target.Facts.Name, StringComparer.Ordinal).ThenBy(target => target.Facts.Tag),
    ];

    /// <summary>The sessions, in the order of their beginning.</summary>
    internal async Task<IReadOnlyList<SessionInfo>> GetSessionsAsync() =>
    [
        .. (await GetManagedAsync(ServiceNames.TargetsPath, ServiceNames.Session))
            .Select(managed => SessionInfo.Read(managed.Path, new BusProperties(managed.Path, managed.Properties)))
            .OrderBy(session => session.Facts.Id),
    ];

    /// <summary>Finds a target by its name, or by what follows the colon in it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="tag">The portal group; null where there is one only.</param>
    internal async Task<TargetInfo> FindTargetAsync(string name, ushort? tag)
    {
        TargetInfo[] found =
        [
            .. (await GetTargetsAsync()).Where(target => (tag is null || target.Facts.Tag == tag)
                && (target.Facts.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
                    || target.Facts.Name.EndsWith($":{name}", StringComparison.OrdinalIgnoreCase))),
        ];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new CtlException(
                ExitStatus.NotFound,
                tag is null ? $"The daemon has no target '{name}'." : $"The daemon has no target '{name}' with the portal group {tag}.",
                "'tcmuctl target ls' lists its targets; those of the kernel are targetcli's."),
            _ => throw new CtlException(
                ExitStatus.NotFound,
                $"More than one is called '{name}'.",
                $"Say which, with --tag where it has portal groups: {string.Join(", ", found.Select(target => $"{target.Facts.Name} (tag {target.Facts.Tag})"))}."),
        };
    }

    /// <summary>Finds a session by its number.</summary>
    internal async Task<SessionInfo> FindSessionAsync(ulong id) =>
        (await GetSessionsAsync()).FirstOrDefault(session => session.Facts.Id == id)
        ?? throw new CtlException(ExitStatus.NotFound, $"There is no session {id}.", "'tcmuctl session ls' lists the sessions.");

    /// <summary>Makes a target.</summary>
    internal Task CreateTargetAsync(string name, ushort tag, IReadOnlyList<string> portals) =>
        CallTargetsAsync("Create", "sqas", name, tag, portals);

    /// <summary>Removes a target.</summary>
    internal Task DeleteTargetAsync(string name) => CallTargetsAsync("Delete", "s", name);

    /// <summary>Has the daemon read the targets file again.</summary>
    internal Task ReloadTargetsAsync() => CallTargetsAsync("Reload", "");

    /// <summary>Sets the secrets of discovery.</summary>
    internal Task SetDiscoveryChapAsync(ChapSecrets secrets) =>
        CallTargetsAsync("SetDiscoveryChap", "ssss", secrets.User, secrets.Secret, secrets.MutualUser, secrets.MutualSecret);

    /// <summary>Calls a method of a target that answers nothing.</summary>
    internal Task CallAsync(TargetInfo target, string member, string signature, params object[] arguments) =>
        CallAsync(target.ObjectPath, ServiceNames.Target, member, signature, arguments);

    /// <summary>Adds a logical unit.</summary>
    /// <returns>Its LUN.</returns>
    internal async Task<ushort> AddLunAsync(TargetInfo target, string configuration, ulong sizeBytes, uint blockSizeBytes, int number) =>
        (ushort)(await CallAsync(target.ObjectPath, ServiceNames.Target, "AddLun", "stui", configuration, sizeBytes, blockSizeBytes, number))[0];

    /// <summary>Sets the secrets of an initiator, or of all that have none of their own.</summary>
    internal Task SetChapAsync(TargetInfo target, string initiator, ChapSecrets secrets) =>
        CallAsync(target, "SetChap", "sssss", initiator, secrets.User, secrets.Secret, secrets.MutualUser, secrets.MutualSecret);

    /// <summary>Asks an initiator to log out.</summary>
    internal Task LogOutAsync(SessionInfo session, uint seconds) => CallAsync(session.ObjectPath, ServiceNames.Session, "LogOut", "u", seconds);

    /// <summary>Follows sessions that come and go.</summary>
    /// <param name="received">Gets each signal; must not block.</param>
    internal Task<IDisposable> WatchSessionsAsync(Action<ReceivedSignal> received) =>
        _connection.WatchAsync($"type='signal',sender='{ServiceNames.Service}',interface='{ServiceNames.Targets}'", received);

    private Task<object[]> CallTargetsAsync(string member, string signature, params object[] arguments) =>
        CallAsync(ServiceNames.TargetsPath, ServiceNames.Targets, member, signature, arguments);
}

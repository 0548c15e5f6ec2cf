// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>
/// What the iSCSI front does for callers on the bus. A change is in force, and in the targets file, when its task ends; one that fails has
/// changed nothing, and its exception says why. Called on any thread.
/// </summary>
public interface ITargetsControl
{
    /// <summary>The portal groups of all targets as they are now. Quick.</summary>
    IReadOnlyList<TargetFacts> Targets { get; }

    /// <summary>The sessions as they are now. Quick.</summary>
    IReadOnlyList<SessionFacts> Sessions { get; }

    /// <summary>A session as it is now, or null. Quick.</summary>
    SessionFacts? FindSession(ulong id);

    /// <summary>Reads the targets file again and applies all of it.</summary>
    /// <exception cref="BusException">It is refused.</exception>
    Task ReloadAsync();

    /// <summary>Makes a target with one portal group.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tag">The group's tag.</param>
    /// <param name="portals">Addresses with ports.</param>
    /// <exception cref="BusException">It is refused.</exception>
    Task CreateAsync(string name, ushort tag, IReadOnlyList<string> portals);

    /// <summary>Removes a target with all its portal groups, and the storage objects that no other target uses. What is stored stays.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="BusException">It is refused.</exception>
    Task DeleteAsync(string name);

    /// <summary>Sets how initiators prove who they are before discovery.</summary>
    /// <exception cref="BusException">It is refused.</exception>
    Task SetDiscoveryChapAsync(ChapSecrets secrets);

    /// <summary>Adds a logical unit, which all listed initiators see.</summary>
    /// <param name="target">The portal group.</param>
    /// <param name="configuration">Its configuration string; or the name of a storage object that is there already.</param>
    /// <param name="sizeBytes">Its size; 0 for the backing store's own.</param>
    /// <param name="blockSizeBytes">Its logical block size; 0 for 512.</param>
    /// <param name="number">Its LUN; negative for the lowest that is free.</param>
    /// <returns>Its LUN.</returns>
    /// <exception cref="BusException">It is refused.</exception>
    Task<ushort> AddLunAsync(TargetFacts target, string configuration, ulong sizeBytes, uint blockSizeBytes, int number);

    /// <summary>Removes a logical unit: commands that it has are completed first. What is stored stays.</summary>
    /// <exception cref="BusException">It is refused.</exception>
    Task RemoveLunAsync(TargetFacts target, ushort number);

    /// <summary>Changes the size of a logical unit.</summary>
    /// <exception cref="BusException">It is refused.</exception>
    Task ResizeLunAsync(TargetFacts target, ushort number, ulong sizeBytes);

    /// <summary>Adds a portal.</summary>
    /// <param name="target">The portal group.</param>
    /// <param name="portal">An address with a port.</param>
    /// <exception cref="BusException">It is refused.</exception>
    Task AddPortalAsync(TargetFacts target, string portal);

    /// <summary>Removes a portal; connections that came through it are closed.</summary>
    /// <exception cref="BusException">It is refused.</exception>
    Task RemovePortalAsync(TargetFacts target, string portal);

    /// <summary>Lets an initiator in, with all logical units.</summary>
    /// <exception cref="BusException">It is refused.</exception>
    Task AddInitiatorAsync(TargetFacts target, string initiator);

    /// <summary>No longer lets an initiator in; its sessions end.</summary>
    /// <exception cref="BusException">It is refused.</exception>
    Task RemoveInitiatorAsync(TargetFacts target, string initiator);

    /// <summary>Sets how an initiator proves who it is. Sessions that are there go on; the next login needs the new secret.</summary>
    /// <param name="target">The portal group.</param>
    /// <param name="initiator">One that is listed; empty for all that have no secret of their own.</param>
    /// <param name="secrets">What it has to know.</param>
    /// <exception cref="BusException">It is refused.</exception>
    Task SetChapAsync(TargetFacts target, string initiator, ChapSecrets secrets);

    /// <summary>Lets initiators log in, or ends all sessions and lets nobody in.</summary>
    /// <exception cref="BusException">It is refused.</exception>
    Task SetEnabledAsync(TargetFacts target, bool isEnabled);

    /// <summary>Lets initiators in that are not listed, or no longer.</summary>
    /// <param name="target">The portal group.</param>
    /// <param name="isAllowed">Whether they may log in.</param>
    /// <param name="isReadOnly">Whether they may only read.</param>
    /// <exception cref="BusException">It is refused.</exception>
    Task SetAnyInitiatorAsync(TargetFacts target, bool isAllowed, bool isReadOnly);

    /// <summary>Asks an initiator to log out. Ends when it is asked.</summary>
    /// <param name="session">The session.</param>
    /// <param name="seconds">After so long its connections are closed, 1 to 65535.</param>
    /// <exception cref="BusException">There is no such session.</exception>
    Task LogOutAsync(SessionFacts session, uint seconds);
}

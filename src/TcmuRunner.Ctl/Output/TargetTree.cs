// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl.Output;

/// <summary>Targets and sessions of the daemon's iSCSI front, as lines of a tree and in JSON.</summary>
internal static class TargetTree
{
    /// <summary>Adds the targets to a tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="depth">Where they begin.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="sessions">Their sessions.</param>
    internal static void Add(TreeText tree, int depth, IReadOnlyList<TargetInfo> targets, IReadOnlyList<SessionInfo> sessions)
    {
        tree.Add(depth, "iscsi", $"{Count(targets.Count, "target")}, {Count(sessions.Count, "session")}");
        foreach (TargetFacts target in targets.Select(target => target.Facts))
        {
            string access = $"{(target.NeedsAuthentication ? "CHAP" : "no CHAP")}{(target.AllowsAnyInitiator ? ", any initiator" : "")}";
            tree.Add(depth + 1, $"{target.Name}  tag {target.Tag}", target.IsEnabled ? access : $"disabled, {access}");
            foreach (string portal in target.Portals)
            {
                tree.Add(depth + 2, $"portal {portal}", "listening");
            }

            foreach (LunFacts lun in target.Luns)
            {
                tree.Add(depth + 2, $"lun {lun.Number}  {lun.Configuration}", $"{ByteSize.Format(lun.SizeBytes)}, blocks of {lun.BlockSizeBytes}");
            }

            foreach (InitiatorFacts initiator in target.Initiators)
            {
                tree.Add(depth + 2, $"initiator {initiator.Name}", initiator.HasOwnSecret ? "own secret" : "may log in");
            }

            foreach (SessionFacts session in sessions.Select(session => session.Facts).Where(session => session.TargetName == target.Name && session.Tag == target.Tag))
            {
                tree.Add(depth + 2, $"session {session.Id}  {session.InitiatorName}", Summary(session));
            }
        }
    }

    /// <summary>A target in JSON. Names are a promise to scripts.</summary>
    internal static JsonObject ToJson(TargetFacts target) => new()
    {
        ["name"] = target.Name,
        ["tag"] = target.Tag,
        ["enabled"] = target.IsEnabled,
        ["anyInitiator"] = target.AllowsAnyInitiator,
        ["authentication"] = target.NeedsAuthentication,
        ["portals"] = new JsonArray([.. target.Portals.Select(portal => (JsonNode)portal)]),
        ["luns"] = new JsonArray([.. target.Luns.Select(lun => (JsonNode)new JsonObject
        {
            ["lun"] = lun.Number,
            ["name"] = lun.Name,
            ["configuration"] = lun.Configuration,
            ["sizeBytes"] = lun.SizeBytes,
            ["blockSizeBytes"] = lun.BlockSizeBytes,
        })]),
        ["initiators"] = new JsonArray([.. target.Initiators.Select(initiator => (JsonNode)new JsonObject
        {
            ["name"] = initiator.Name,
            ["ownSecret"] = initiator.HasOwnSecret,
        })]),
    };

    /// <summary>A session in JSON. Names are a promise to scripts.</summary>
    internal static JsonObject ToJson(SessionFacts session) => new()
    {
        ["id"] = session.Id,
        ["target"] = session.TargetName,
        ["tag"] = session.Tag,
        ["initiator"] = session.InitiatorName,
        ["isid"] = session.InitiatorSessionId,
        ["tsih"] = session.Handle,
        ["connections"] = new JsonArray([.. session.Connections.Select(connection => (JsonNode)new JsonObject
        {
            ["cid"] = connection.Id,
            ["remote"] = connection.Remote,
            ["portal"] = connection.Portal,
        })]),
        ["commands"] = session.Commands,
        ["bytesRead"] = session.BytesRead,
        ["bytesWritten"] = session.BytesWritten,
        ["errors"] = session.Errors,
        ["commandsInFlight"] = session.CommandsInFlight,
    };

    private static string Summary(SessionFacts session) => string.Create(
        CultureInfo.InvariantCulture,
        $"{string.Join(", ", session.Connections.Select(connection => connection.Remote))}, {session.Commands} commands, {ByteSize.Format(session.BytesRead + session.BytesWritten)}, {session.CommandsInFlight} in flight");

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";
}

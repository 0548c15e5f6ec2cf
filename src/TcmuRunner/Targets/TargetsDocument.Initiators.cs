// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using TcmuRunner.DBus.Service;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Targets;

/// <content>Who may log in, and how they prove who they are. Messages never show a secret.</content>
internal sealed partial class TargetsDocument
{
    private const string GroupPrefix = "chap_", DiscoveryPrefix = "discovery_";

    /// <summary>Lets an initiator in, with all logical units of the group.</summary>
    internal void AddInitiator(string name, ushort tag, string initiator)
    {
        JsonObject group = FindGroup(name, tag);
        if (!IscsiName.TryNormalize(initiator, out string? normalized, out string? reason))
        {
            throw new TargetsException("", reason);
        }

        if (FindInitiator(group, normalized) is not null)
        {
            throw new TargetsException("", $"{name} has the initiator '{normalized}' already.");
        }

        JsonNode[] mappings = [.. ObjectsOf(group, "luns").Select(lun => ToMapping(int.Parse(TextOf(lun, "index")!, System.Globalization.CultureInfo.InvariantCulture)))];
        ListOf(group, "node_acls").Add(new JsonObject { ["mapped_luns"] = new JsonArray(mappings), ["node_wwn"] = normalized });
    }

    /// <summary>No longer lets an initiator in.</summary>
    internal void RemoveInitiator(string name, ushort tag, string initiator)
    {
        JsonObject group = FindGroup(name, tag);
        ListOf(group, "node_acls").Remove(GetInitiator(group, name, initiator));
    }

    /// <summary>Lets in whoever is not listed, or not.</summary>
    internal void SetAnyInitiator(string name, ushort tag, bool isAllowed, bool isReadOnly)
    {
        JsonObject attributes = ObjectOf(FindGroup(name, tag), "attributes");
        attributes["generate_node_acls"] = isAllowed ? 1 : 0;
        attributes["demo_mode_write_protect"] = isReadOnly ? 1 : 0;
    }

    /// <summary>Sets what an initiator, or with an empty name all without secrets of their own, must know. No user means nothing.</summary>
    internal void SetChap(string name, ushort tag, string initiator, ChapSecrets secrets)
    {
        JsonObject group = FindGroup(name, tag);
        JsonObject attributes = ObjectOf(group, "attributes");
        if (initiator.Length == 0)
        {
            JsonObject? own = secrets.User.Length > 0 ? null : ObjectsOf(group, "node_acls").FirstOrDefault(acl => TextOf(acl, "chap_userid") is { Length: > 0 });
            if (own is not null)
            {
                throw new TargetsException(
                    "", $"The initiator {TextOf(own, "node_wwn")} of {name} has secrets of its own, which would count no longer: remove them first.");
            }

            Write(group, GroupPrefix, secrets);
            attributes["authentication"] = secrets.User.Length > 0 ? 1 : 0;
            return;
        }

        Write(GetInitiator(group, name, initiator), GroupPrefix, secrets);
        if (secrets.User.Length > 0)
        {
            attributes["authentication"] = 1;
        }
    }

    /// <summary>Sets what an initiator must know before discovery. No user means nothing.</summary>
    internal void SetDiscoveryChap(ChapSecrets secrets)
    {
        JsonObject? module = ObjectsOf(_root, "fabric_modules").FirstOrDefault(module => TextOf(module, "name") == Fabric);
        if (module is null)
        {
            module = new JsonObject { ["name"] = Fabric };
            ListOf(_root, "fabric_modules").Add(module);
        }

        Write(module, DiscoveryPrefix, secrets);
        module["discovery_enable_auth"] = secrets.User.Length > 0;
    }

    private static void Write(JsonObject place, string prefix, ChapSecrets secrets)
    {
        if (secrets.User.Length > 0 && secrets.Secret.Length == 0)
        {
            throw new TargetsException("", $"The secret for '{secrets.User}' is empty.");
        }

        if (secrets.MutualUser.Length > 0 && (secrets.MutualSecret.Length == 0 || secrets.User.Length == 0))
        {
            throw new TargetsException("", "The target proves who it is only to initiators that do so too: user and secret of both directions are needed.");
        }

        foreach ((string name, string value) in new[]
        {
            ("userid", secrets.User), ("password", secrets.Secret), ("mutual_userid", secrets.MutualUser), ("mutual_password", secrets.MutualSecret),
        })
        {
            if (value.Length > 0)
            {
                place[prefix + name] = value;
            }
            else
            {
                place.Remove(prefix + name);
            }
        }
    }

    private static JsonObject? FindInitiator(JsonObject group, string initiator) => ObjectsOf(group, "node_acls").FirstOrDefault(acl =>
        string.Equals(TextOf(acl, "node_wwn"), initiator, StringComparison.OrdinalIgnoreCase));

    private static JsonObject GetInitiator(JsonObject group, string name, string initiator) =>
        FindInitiator(group, initiator) ?? throw new TargetsException("", $"{name} has no initiator '{initiator}'.");
}

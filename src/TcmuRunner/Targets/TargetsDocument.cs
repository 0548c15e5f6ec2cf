// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Targets;

/// <summary>
/// The text of a targets file that is being changed. What a change does not concern stays as it is, keys that nobody here knows too. A change
/// says what cannot be; whether the whole makes sense is for <see cref="TargetsFile"/> to find out.
/// </summary>
internal sealed partial class TargetsDocument
{
    private const string Fabric = "iscsi";

    // Names and paths are to be read by people, and nobody puts the file into a page of HTML.
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonObject _root;

    private TargetsDocument(JsonObject root) => _root = root;

    /// <summary>Begins with the text of a file.</summary>
    /// <param name="text">The text; empty for a file that is not there.</param>
    /// <exception cref="TargetsException">It cannot be changed without loss.</exception>
    internal static TargetsDocument Parse(string text)
    {
        if (text.Length == 0)
        {
            return new TargetsDocument([]);
        }

        try
        {
            return JsonNode.Parse(text) is JsonObject root ? new TargetsDocument(root) : throw new TargetsException("", "It is no JSON object.");
        }
        catch (JsonException exception)
        {
            // Comments can be read, but not written again.
            throw new TargetsException("", $"It cannot be changed from here ({exception.Message}). Change it with an editor, and reload it.");
        }
    }

    /// <summary>The text as it is now.</summary>
    internal string ToText() => _root.ToJsonString(s_indented) + "\n";

    /// <summary>Makes a target with one portal group.</summary>
    internal void Create(string name, ushort tag, IReadOnlyList<string> portals)
    {
        if (!IscsiName.TryNormalize(name, out string? normalized, out string? reason))
        {
            throw new TargetsException("", reason);
        }

        if (FindTarget(normalized) is not null)
        {
            throw new TargetsException("", $"There is a target '{normalized}' already.");
        }

        if (tag == 0)
        {
            throw new TargetsException("", "A portal group's tag is 1 to 65535.");
        }

        var group = new JsonObject
        {
            ["attributes"] = new JsonObject { ["authentication"] = 0, ["generate_node_acls"] = 0, ["demo_mode_write_protect"] = 1 },
            ["enable"] = true,
            ["luns"] = new JsonArray(),
            ["node_acls"] = new JsonArray(),
            ["parameters"] = new JsonObject(),
            ["portals"] = new JsonArray([.. portals.Select(portal => (JsonNode)ToPortal(ParsePortal(portal)))]),
            ["tag"] = tag,
        };
        ListOf(_root, "targets").Add(new JsonObject { ["fabric"] = Fabric, ["tpgs"] = new JsonArray(group), ["wwn"] = normalized });
    }

    /// <summary>Removes a target, and the storage objects that only it used.</summary>
    internal void Delete(string name)
    {
        JsonObject target = FindTarget(name.ToLowerInvariant()) ?? throw new TargetsException("", $"There is no target '{name}'.");
        string[] used = [.. GroupsOf(target).SelectMany(UsedStorage)];
        ListOf(_root, "targets").Remove(target);
        RemoveUnusedStorage(used);
    }

    /// <summary>Adds a portal to a group.</summary>
    internal void AddPortal(string name, ushort tag, string portal)
    {
        JsonObject group = FindGroup(name, tag);
        IPEndPoint endPoint = ParsePortal(portal);
        if (FindPortal(group, endPoint) is not null)
        {
            throw new TargetsException("", $"{name} has the portal {endPoint} already.");
        }

        ListOf(group, "portals").Add(ToPortal(endPoint));
    }

    /// <summary>Removes a portal from a group.</summary>
    internal void RemovePortal(string name, ushort tag, string portal)
    {
        JsonObject group = FindGroup(name, tag);
        IPEndPoint endPoint = ParsePortal(portal);
        JsonObject found = FindPortal(group, endPoint) ?? throw new TargetsException("", $"{name} has no portal {endPoint}.");
        ListOf(group, "portals").Remove(found);
    }

    /// <summary>Lets initiators log in to a group, or nobody.</summary>
    internal void SetEnabled(string name, ushort tag, bool isEnabled) => FindGroup(name, tag)["enable"] = isEnabled;

    private static IPEndPoint ParsePortal(string text)
    {
        // Without brackets the last group of an IPv6 address would be taken for a port.
        bool hasPort = text.StartsWith('[') ? text.Contains("]:", StringComparison.Ordinal) : text.Count(letter => letter == ':') == 1;
        if (!IPEndPoint.TryParse(text, out IPEndPoint? endPoint) || (hasPort && endPoint.Port == 0))
        {
            throw new TargetsException("", $"'{text}' is no portal: write 192.0.2.1:3260 or [2001:db8::1]:3260.");
        }

        return hasPort ? endPoint : new IPEndPoint(endPoint.Address, Portal.DefaultPort);
    }

    private static JsonObject ToPortal(IPEndPoint endPoint)
    {
        bool isSix = endPoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        return new JsonObject { ["ip_address"] = isSix ? $"[{endPoint.Address}]" : $"{endPoint.Address}", ["port"] = endPoint.Port };
    }

    private static JsonObject? FindPortal(JsonObject group, IPEndPoint wanted) => ObjectsOf(group, "portals").FirstOrDefault(portal =>
        IPAddress.TryParse(TextOf(portal, "ip_address")?.Trim('[', ']'), out IPAddress? address)
        && address.Equals(wanted.Address) && TextOf(portal, "port") == $"{wanted.Port}");

    private JsonObject? FindTarget(string name) => ObjectsOf(_root, "targets").FirstOrDefault(target =>
        TextOf(target, "fabric") == Fabric && string.Equals(TextOf(target, "wwn"), name, StringComparison.OrdinalIgnoreCase));

    private JsonObject FindGroup(string name, ushort tag) =>
        FindTarget(name) is { } target && GroupsOf(target).FirstOrDefault(group => TextOf(group, "tag") == $"{tag}") is { } found
            ? found
            : throw new TargetsException("", $"There is no target '{name}' with the portal group {tag}.");

    private static IEnumerable<JsonObject> GroupsOf(JsonObject target) => ObjectsOf(target, "tpgs");

    private static IEnumerable<JsonObject> ObjectsOf(JsonObject parent, string name) => (parent[name] as JsonArray ?? []).OfType<JsonObject>();

    // A list that is absent is made; one that is no list was refused when the file was read.
    private static JsonArray ListOf(JsonObject parent, string name)
    {
        if (parent[name] is JsonArray list)
        {
            return list;
        }

        var made = new JsonArray();
        parent[name] = made;
        return made;
    }

    private static JsonObject ObjectOf(JsonObject parent, string name)
    {
        if (parent[name] is JsonObject found)
        {
            return found;
        }

        var made = new JsonObject();
        parent[name] = made;
        return made;
    }

    // Numbers as text too: configfs writes them so.
    private static string? TextOf(JsonObject parent, string name) => (parent[name] as JsonValue)?.ToString();
}

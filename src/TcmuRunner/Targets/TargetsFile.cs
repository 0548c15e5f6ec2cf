// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text.Json;
using TcmuRunner.Iscsi.Login;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;

namespace TcmuRunner.Targets;

/// <summary>
/// Reads what targetcli's <c>saveconfig</c> writes: the storage objects of the <c>user</c> plugin and the targets of the <c>iscsi</c> fabric.
/// Everything else in the file belongs to the kernel or to somebody else and is left alone.
/// </summary>
internal sealed class TargetsFile
{
    private readonly JsonPlace _root;

    private TargetsFile(JsonPlace root, IReadOnlyList<StorageDescription> storage)
    {
        _root = root;
        Storage = storage;
    }

    /// <summary>The storage objects that a target of the file uses.</summary>
    internal IReadOnlyList<StorageDescription> Storage { get; }

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="TargetsException">It is no such file.</exception>
    internal static TargetsFile Parse(string text)
    {
        JsonPlace root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
            root = new JsonPlace(document.RootElement.Clone(), "");
        }
        catch (JsonException exception)
        {
            throw new TargetsException("", $"It is no JSON: {exception.Message}");
        }

        var storage = new List<StorageDescription>();
        foreach (JsonPlace item in root.Items("storage_objects"))
        {
            if (item.Get("plugin").Text() == "user")
            {
                storage.Add(ReadStorage(item));
                if (storage.Count(other => other.Name == storage[^1].Name) > 1)
                {
                    throw item.Get("name").Wrong($"'{storage[^1].Name}' is there twice.");
                }
            }
        }

        return new TargetsFile(root, storage);
    }

    /// <summary>Makes the front's configuration of it.</summary>
    /// <param name="findUnit">The open unit of a storage object.</param>
    /// <exception cref="TargetsException">Something in it is missing or contradicts itself.</exception>
    internal TargetConfiguration ToConfiguration(Func<string, LogicalUnit?> findUnit)
    {
        Dictionary<(string Storage, string Group), TargetPortGroup> groups = AccessGroups.Read(_root);
        LunMapping ReadMapping(JsonPlace lun) => ReadLun(lun, findUnit, groups);
        var nodes = new List<TargetNode>();
        foreach (JsonPlace target in _root.Items("targets"))
        {
            if (target.Get("fabric").Text() != "iscsi")
            {
                continue;
            }

            JsonPlace wwn = target.Get("wwn");
            if (!IscsiName.TryNormalize(wwn.Text(), out string? name, out string? reason))
            {
                throw wwn.Wrong(reason);
            }

            nodes.Add(new TargetNode { Name = name, PortalGroups = [.. target.Items("tpgs").Select(tpg => ReadGroup(tpg, ReadMapping))] });
        }

        return new TargetConfiguration { Nodes = nodes, DiscoveryAuthentication = ReadDiscovery() };
    }

    private static StorageDescription ReadStorage(JsonPlace item)
    {
        JsonPlace? attributes = item.Find("attributes");
        long blockSize = attributes?.Find("block_size")?.Number(512, 1 << 20) ?? 512;
        return new StorageDescription(
            item.Get("name").Text(),
            item.Get("config").Text(),
            item.Find("size")?.Number(0, long.MaxValue) is > 0 and var size ? size : null,
            (int)blockSize,
            item.Find("wwn")?.Text(),
            attributes?.Find("emulate_write_cache")?.Flag());
    }

    private static PortalGroup ReadGroup(JsonPlace tpg, Func<JsonPlace, LunMapping> readLun)
    {
        JsonPlace? attributes = tpg.Find("attributes");
        List<LunMapping> luns = [.. tpg.Items("luns").Select(readLun)];
        bool needsAuthentication = attributes?.Find("authentication")?.Flag() ?? false;
        Authentication? ownAuthentication = needsAuthentication ? ReadChap(tpg, "chap_") : null;
        List<InitiatorRule> rules = [.. tpg.Items("node_acls").Select(acl => ReadRule(acl, luns, needsAuthentication, ownAuthentication))];
        if (attributes?.Find("generate_node_acls")?.Flag() ?? false)
        {
            // LIO lets initiators without an ACL only read unless it is told otherwise.
            bool isReadOnly = attributes?.Find("demo_mode_write_protect")?.Flag() ?? true;
            Authentication? anybody = needsAuthentication
                ? ownAuthentication ?? throw tpg.Wrong("authentication is on and generate_node_acls too, and chap_userid is missing.")
                : null;
            rules.Add(new InitiatorRule { Authentication = anybody, Luns = [.. luns.Select(lun => lun with { IsReadOnly = isReadOnly })] });
        }

        return new PortalGroup
        {
            Tag = (ushort)tpg.Get("tag").Number(1, ushort.MaxValue),
            IsEnabled = tpg.Find("enable")?.Flag() ?? true,
            Portals = [.. tpg.Items("portals").Select(ReadPortal)],
            Luns = luns,
            Initiators = rules,
            Authentication = ownAuthentication,
            Parameters = TargetsParameters.Read(tpg.Find("parameters"), attributes),
        };
    }

    private static LunMapping ReadLun(
        JsonPlace lun, Func<string, LogicalUnit?> findUnit, Dictionary<(string Storage, string Group), TargetPortGroup> groups)
    {
        JsonPlace storage = lun.Get("storage_object");
        const string prefix = "/backstores/user/";
        string path = storage.Text();
        string name = path.StartsWith(prefix, StringComparison.Ordinal) ? path[prefix.Length..] : string.Empty;
        LogicalUnit unit = findUnit(name) ?? throw storage.Wrong($"'{path}' is none of the storage objects of the user plugin in this file.");
        return new LunMapping((ushort)lun.Get("index").Number(0, LunMapping.MaximumLun), unit) { AccessGroup = AccessGroups.Find(groups, name, lun) };
    }

    private static InitiatorRule ReadRule(JsonPlace acl, List<LunMapping> luns, bool needsAuthentication, Authentication? ofGroup)
    {
        JsonPlace wwn = acl.Get("node_wwn");
        if (!IscsiName.TryNormalize(wwn.Text(), out string? name, out string? reason))
        {
            throw wwn.Wrong(reason);
        }

        Authentication? authentication = needsAuthentication ? ReadChap(acl, "chap_") ?? ofGroup : null;
        if (needsAuthentication && authentication is null)
        {
            throw acl.Wrong("authentication is on, and neither this ACL nor its TPG has a chap_userid.");
        }

        var mapped = new List<LunMapping>();
        foreach (JsonPlace mapping in acl.Items("mapped_luns"))
        {
            JsonPlace index = mapping.Get("tpg_lun");
            long number = index.Number(0, LunMapping.MaximumLun);
            LunMapping lun = luns.Find(lun => lun.Lun == number) ?? throw index.Wrong($"the TPG has no LUN {number}.");
            mapped.Add(lun with
            {
                Lun = (ushort)mapping.Get("index").Number(0, LunMapping.MaximumLun),
                IsReadOnly = mapping.Find("write_protect")?.Flag() ?? false,
            });
        }

        return new InitiatorRule { Name = name, Authentication = authentication, Luns = mapped };
    }

    private static Portal ReadPortal(JsonPlace portal)
    {
        JsonPlace address = portal.Get("ip_address");
        return IPAddress.TryParse(address.Text().Trim('[', ']'), out IPAddress? parsed)
            ? new Portal(new IPEndPoint(parsed, (int)portal.Get("port").Number(1, ushort.MaxValue)))
            : throw address.Wrong($"'{address.Text()}' is not an address.");
    }

    private static Authentication? ReadChap(JsonPlace place, string prefix)
    {
        string? user = place.Find(prefix + "userid")?.Text();
        string? mutualUser = place.Find(prefix + "mutual_userid")?.Text();
        if (string.IsNullOrEmpty(user))
        {
            return null;
        }

        var initiator = new ChapCredentials(user, place.Get(prefix + "password").Text());
        return new Authentication(
            initiator, string.IsNullOrEmpty(mutualUser) ? null : new ChapCredentials(mutualUser, place.Get(prefix + "mutual_password").Text()));
    }

    private Authentication? ReadDiscovery()
    {
        foreach (JsonPlace module in _root.Items("fabric_modules"))
        {
            if (module.Get("name").Text() == "iscsi" && (module.Find("discovery_enable_auth")?.Flag() ?? false))
            {
                return ReadChap(module, "discovery_") ?? throw module.Wrong("discovery_enable_auth is on, and discovery_userid is missing.");
            }
        }

        return null;
    }
}

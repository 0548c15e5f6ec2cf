// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;

namespace TcmuRunner.Lio.Saving;

/// <content>Targets and what is in them.</content>
internal sealed partial class PlanBuilder
{
    private const string StoragePrefix = "/backstores/";

    private static string PortalKey(SavedNode node)
    {
        string address = node.RequiredText("ip_address");
        return IPAddress.TryParse(address, out IPAddress? parsed)
            ? $"{parsed}:{node.RequiredNumber("port").ToString(CultureInfo.InvariantCulture)}"
            : throw node.Problem($"'{address}' is not an IP address");
    }

    private static string NumberKey(SavedNode node, string key) => node.RequiredNumber(key).ToString(CultureInfo.InvariantCulture);

    private static (string Plugin, string Name) StorageOf(SavedNode lun)
    {
        string text = lun.RequiredText("storage_object");
        string[] parts = text.Split('/');
        return parts.Length == 4 && text.StartsWith(StoragePrefix, StringComparison.Ordinal) && StoragePlugin.Find(parts[2]) is { } plugin
            ? (plugin.Name, parts[3])
            : throw lun.Problem($"'storage_object' is {text}, not /backstores/KIND/NAME");
    }

    private FabricModule FabricOf(SavedNode target)
    {
        string name = target.RequiredText("fabric");
        return _root.FabricModules.FirstOrDefault(fabric => fabric.Name == name) ?? throw target.Problem($"there is no fabric '{name}'");
    }

    private static string NameIn(FabricModule fabric, SavedNode node, string key)
    {
        string name = node.RequiredText(key);
        try
        {
            return fabric.Normalize(name).Name;
        }
        catch (LioException exception)
        {
            throw node.Problem($"'{key}': {exception.Message.TrimEnd('.')}");
        }
    }

    private void CompareTargets(SavedNode current, SavedNode desired)
    {
        foreach ((SavedNode? existing, SavedNode? wanted) in Pair(
            current.List("targets"),
            desired.List("targets"),
            node => $"{node.RequiredText("fabric")}/{NameIn(FabricOf(node), node, "wwn")}"))
        {
            SavedNode node = (wanted ?? existing)!.Value;
            FabricModule fabric = FabricOf(node);
            string wwn = NameIn(fabric, node, "wwn");
            Target Find() => new(fabric, wwn, ObjectMode.Attach);
            string key = $"{fabric}/{wwn}";
            if (wanted is not { } shall)
            {
                _deleteExports.Add(new ConfigurationChange(ChangeKind.Delete, key, _ => Find().Delete()));
                continue;
            }

            if (existing is null)
            {
                Create(key, context =>
                {
                    var target = new Target(fabric, wwn);
                    context.Set(target.Parameters, target, shall.Settings("parameters"));
                });
            }
            else
            {
                ChangeSettings(key, existing.Value, shall, "parameters", _ => Find());
            }

            foreach ((SavedNode? group, SavedNode? wantedGroup) in Pair(existing?.List("tpgs") ?? [], shall.List("tpgs"), tpg => NumberKey(tpg, "tag")))
            {
                CompareGroup(fabric, key, Find, group, wantedGroup);
            }
        }
    }

    private void CompareGroup(FabricModule fabric, string target, Func<Target> findTarget, SavedNode? current, SavedNode? desired)
    {
        int tag = (desired ?? current)!.Value.RequiredNumber("tag");
        string key = $"{target}/tpg{tag.ToString(CultureInfo.InvariantCulture)}";
        Tpg Find() => new(findTarget(), tag, ObjectMode.Attach);
        if (desired is not { } shall)
        {
            _deleteExports.Add(new ConfigurationChange(ChangeKind.Delete, key, _ => Find().Delete()));
            return;
        }

        if (current is { } existing)
        {
            ChangeSettings(key, existing, shall, "attributes", _ => Find());
            ChangeSettings(key, existing, shall, "parameters", _ => Find());
        }
        else
        {
            Create(key, context =>
            {
                var tpg = new Tpg(findTarget(), tag);
                context.Set(tpg.Attributes, tpg, shall.Settings("attributes"));
                context.Set(tpg.Parameters, tpg, shall.Settings("parameters"));
                SetChap(context, tpg.Authentication, shall);
            });
        }

        HashSet<string> remadeLuns = CompareLuns(key, Find, current, shall);
        foreach ((SavedNode? portal, SavedNode? wanted) in Pair(current?.List("portals") ?? [], shall.List("portals"), PortalKey))
        {
            ComparePortal(key, Find, portal, wanted);
        }

        foreach ((SavedNode? acl, SavedNode? wanted) in Pair(current?.List("node_acls") ?? [], shall.List("node_acls"), node => NameIn(fabric, node, "node_wwn")))
        {
            CompareAcl(fabric, key, Find, acl, wanted, remadeLuns);
        }

        if (current is { } group)
        {
            ChangeChap(key, group, shall, () => Find().Authentication);
        }

        // Old files say nothing, and mean that it is open.
        bool enabled = shall.Flag("enable") ?? true;
        Change(key, "enable", current?.Flag("enable") == true ? "1" : "0", enabled ? "1" : "0", _ => Find().Enabled = enabled);
    }

    // The numbers of LUNs that go, be it to come back.
    private HashSet<string> CompareLuns(string tpg, Func<Tpg> find, SavedNode? current, SavedNode desired)
    {
        var gone = new HashSet<string>();
        foreach ((SavedNode? existing, SavedNode? wanted) in Pair(current?.List("luns") ?? [], desired.List("luns"), node => NumberKey(node, "index")))
        {
            SavedNode node = (wanted ?? existing)!.Value;
            int number = node.RequiredNumber("index");
            string key = $"{tpg}/lun{number.ToString(CultureInfo.InvariantCulture)}";
            (string Plugin, string Name)? before = existing is { } found ? StorageOf(found) : null;
            (string Plugin, string Name)? after = wanted is { } shall ? StorageOf(shall) : null;
            bool isRemade = before is { } old && (old != after || _remade.Contains($"{StoragePrefix}{old.Plugin}/{old.Name}"));
            if (isRemade)
            {
                gone.Add(NumberKey(node, "index"));
                _deleteExports.Add(new ConfigurationChange(ChangeKind.Delete, key, _ => new Lun(find(), number).Delete())
                {
                    Reason = after is null ? null
                        : before == after ? "its storage object is made anew"
                        : $"its storage object is {before!.Value.Plugin}/{before.Value.Name} and shall be {after.Value.Plugin}/{after.Value.Name}",
                });
            }

            if (after is not { } storage)
            {
                continue;
            }

            string? alias = wanted!.Value.Text("alias"), group = wanted.Value.Text("alua_tg_pt_gp_name");
            if (before is null || isRemade)
            {
                Create(key, context =>
                {
                    var lun = new Lun(find(), number, context.FindStorage(storage.Plugin, storage.Name), alias);
                    if (!string.IsNullOrEmpty(group) && lun.AluaGroup is { } isIn && isIn != group)
                    {
                        context.Try(() => lun.AluaGroup = group);
                    }
                });
            }
            else if (group is not null)
            {
                Change(key, "alua_tg_pt_gp_name", existing!.Value.Text("alua_tg_pt_gp_name"), group, _ => new Lun(find(), number).AluaGroup = group);
            }
        }

        return gone;
    }

    private void ComparePortal(string tpg, Func<Tpg> find, SavedNode? current, SavedNode? desired)
    {
        SavedNode node = (desired ?? current)!.Value;
        (string address, int port) = (node.RequiredText("ip_address"), node.RequiredNumber("port"));
        string key = $"{tpg}/{address}:{port.ToString(CultureInfo.InvariantCulture)}";
        NetworkPortal Find() => new(find(), address, port, ObjectMode.Attach);
        if (desired is not { } shall)
        {
            _deleteExports.Add(new ConfigurationChange(ChangeKind.Delete, key, _ => Find().Delete()));
            return;
        }

        (bool iser, bool offload) = (shall.Flag("iser") ?? false, shall.Flag("offload") ?? false);
        if (current is not { } existing)
        {
            Create(key, context =>
            {
                var portal = new NetworkPortal(find(), address, port);
                context.Try(() => portal.Iser = iser);
                context.Try(() => portal.Offload = offload);
            });
            return;
        }

        Change(key, "iser", existing.Flag("iser") == true ? "1" : "0", iser ? "1" : "0", _ => Find().Iser = iser);
        Change(key, "offload", existing.Flag("offload") == true ? "1" : "0", offload ? "1" : "0", _ => Find().Offload = offload);
    }

    private void CompareAcl(FabricModule fabric, string tpg, Func<Tpg> find, SavedNode? current, SavedNode? desired, HashSet<string> goneLuns)
    {
        string initiator = NameIn(fabric, (desired ?? current)!.Value, "node_wwn");
        string key = $"{tpg}/{initiator}";
        NodeAcl Find() => new(find(), initiator, ObjectMode.Attach);
        if (desired is not { } shall)
        {
            _deleteExports.Insert(0, new ConfigurationChange(ChangeKind.Delete, key, _ => Find().Delete()));
            return;
        }

        string? tag = shall.Text("tag");
        if (current is { } existing)
        {
            ChangeSettings(key, existing, shall, "attributes", _ => Find());
            ChangeChap(key, existing, shall, () => Find().Authentication);
            Change(key, "tag", existing.Text("tag"), tag, _ => Find().Tag = tag);
        }
        else
        {
            Create(key, context =>
            {
                var acl = new NodeAcl(find(), initiator);
                context.Set(acl.Attributes, acl, shall.Settings("attributes"));
                SetChap(context, acl.Authentication, shall);
                if (!string.IsNullOrEmpty(tag))
                {
                    context.Try(() => acl.Tag = tag);
                }
            });
        }

        foreach ((SavedNode? mapped, SavedNode? wanted) in Pair(current?.List("mapped_luns") ?? [], shall.List("mapped_luns"), node => NumberKey(node, "index")))
        {
            CompareMapped(key, Find, mapped, wanted, goneLuns);
        }
    }

    private void CompareMapped(string acl, Func<NodeAcl> find, SavedNode? current, SavedNode? desired, HashSet<string> goneLuns)
    {
        int number = (desired ?? current)!.Value.RequiredNumber("index");
        string key = $"{acl}/lun{number.ToString(CultureInfo.InvariantCulture)}";
        string? before = current is { } existing ? NumberKey(existing, "tpg_lun") : null;
        string? after = desired is { } wanted ? NumberKey(wanted, "tpg_lun") : null;
        bool isRemade = before is not null && (before != after || goneLuns.Contains(before));
        if (isRemade)
        {
            // Before the LUN itself.
            _deleteExports.Insert(0, new ConfigurationChange(ChangeKind.Delete, key, _ => new MappedLun(find(), number).Delete())
            {
                Reason = after is null ? null : before == after ? "its LUN is made anew" : $"it is LUN {before} and shall be LUN {after}",
            });
        }

        if (desired is not { } shall)
        {
            return;
        }

        bool isWriteProtected = shall.Flag("write_protect") ?? false;
        if (before is null || isRemade)
        {
            int lun = shall.RequiredNumber("tpg_lun");
            string? alias = shall.Text("alias");
            Create(key, context =>
            {
                NodeAcl owner = find();
                _ = new MappedLun(owner, number, new Lun(owner.Tpg, lun), isWriteProtected, alias);
            });
        }
        else
        {
            Change(
                key,
                "write_protect",
                current!.Value.Flag("write_protect") == true ? "1" : "0",
                isWriteProtected ? "1" : "0",
                _ => new MappedLun(find(), number).IsWriteProtected = isWriteProtected);
        }
    }
}

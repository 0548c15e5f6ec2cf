// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio.Saving;

/// <content>Storage objects and their ALUA groups.</content>
internal sealed partial class PlanBuilder
{
    private static string StorageKey(SavedNode node) => $"/backstores/{PluginOf(node).Name}/{node.RequiredText("name")}";

    private static StoragePlugin PluginOf(SavedNode node)
    {
        string plugin = node.RequiredText("plugin");
        return StoragePlugin.Find(plugin) ?? throw node.Problem($"there is no kind of storage object '{plugin}'");
    }

    private void CompareStorage(SavedNode current, SavedNode desired)
    {
        foreach ((SavedNode? existing, SavedNode? wanted) in Pair(current.List("storage_objects"), desired.List("storage_objects"), StorageKey))
        {
            if (wanted is not { } shall)
            {
                DeleteStorage(existing!.Value, reason: null);
            }
            else if (existing is not { } found)
            {
                CreateStorage(shall);
            }
            else if (DifferenceInKind(found, shall) is { } reason)
            {
                DeleteStorage(found, reason);
                CreateStorage(shall);
            }
            else
            {
                ChangeStorage(found, shall);
            }
        }
    }

    private void DeleteStorage(SavedNode node, string? reason)
    {
        string key = StorageKey(node);
        (string plugin, string name) = (PluginOf(node).Name, node.RequiredText("name"));
        _remade.Add(key);
        _deleteStorage.Add(new ConfigurationChange(ChangeKind.Delete, key, context =>
        {
            context.FindStorage(plugin, name).Delete();
            context.StorageChanged();
        })
        { Reason = reason });
    }

    // What cannot be changed while the object exists; null when all can.
    private static string? DifferenceInKind(SavedNode current, SavedNode desired)
    {
        string plugin = PluginOf(desired).Name;
        string[] keys = plugin switch
        {
            UserStorageObject.PluginName => ["wwn", "hw_max_sectors"],
            FileIoStorageObject.PluginName => ["dev", "wwn", "size", "write_back", "aio"],
            BlockStorageObject.PluginName => ["dev", "wwn", "readonly"],
            RamDiskStorageObject.PluginName => ["wwn", "nullio"],
            _ => ["dev"],
        };
        foreach (string key in keys)
        {
            string? before = current.Text(key), after = desired.Text(key);
            if (after is not null && after != (before ?? "0"))
            {
                return $"its {key} is {before ?? "0"} and shall be {after}";
            }
        }

        if (plugin == RamDiskStorageObject.PluginName && desired.Number("size") is { } size && current.Number("size") != Pages(size))
        {
            return $"its size is {current.Text("size")} and shall be {size}";
        }

        return plugin == UserStorageObject.PluginName ? ControlDifference(current.Text("control"), desired.Text("control")) : null;
    }

    private static long Pages(long size) =>
        Math.Max(1, (size + (Environment.SystemPageSize / 2)) / Environment.SystemPageSize) * Environment.SystemPageSize;

    // Only the settings that the kernel tells again can differ.
    private static string? ControlDifference(string? current, string? desired)
    {
        Dictionary<string, string> existing = ControlSettings(current);
        foreach ((string key, string value) in ControlSettings(desired))
        {
            if (existing.TryGetValue(key, out string? before) && before != value)
            {
                return $"its {key} is {before} and shall be {value}";
            }
        }

        return null;
    }

    private static Dictionary<string, string> ControlSettings(string? text)
    {
        var settings = new Dictionary<string, string>();
        foreach (string[] pair in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2)))
        {
            settings[pair[0].Trim()] = pair.Length == 2 ? pair[1].Trim() : "";
        }

        return settings;
    }

    private void ChangeStorage(SavedNode current, SavedNode desired)
    {
        string key = StorageKey(desired);
        (string plugin, string name) = (PluginOf(desired).Name, desired.RequiredText("name"));
        StorageObject Find(PlanContext context) => context.FindStorage(plugin, name);
        if (plugin == UserStorageObject.PluginName)
        {
            if (desired.Text("config") is { } configuration)
            {
                Change(key, "config", current.Text("config"), configuration, context => ((UserStorageObject)Find(context)).Configuration = configuration);
            }

            if (desired.Number("size") is { } size)
            {
                Change(key, "size", current.Text("size"), desired.Text("size"), context => ((UserStorageObject)Find(context)).SizeBytes = size);
            }
        }

        ChangeSettings(key, current, Without(desired, "dev_size", "dev_config"), "attributes", Find);
        foreach ((SavedNode? existing, SavedNode? wanted) in Pair(current.List("alua_tpgs"), desired.List("alua_tpgs"), node => node.RequiredText("name")))
        {
            CompareGroup(key, existing, wanted, Find);
        }
    }

    // What size and configuration say already, and what would undo them.
    private static SavedNode Without(SavedNode node, params string[] attributes)
    {
        if (node.Json["attributes"] is not System.Text.Json.Nodes.JsonObject settings || !attributes.Any(settings.ContainsKey))
        {
            return node;
        }

        var copy = (System.Text.Json.Nodes.JsonObject)node.Json.DeepClone();
        foreach (string attribute in attributes)
        {
            ((System.Text.Json.Nodes.JsonObject)copy["attributes"]!).Remove(attribute);
        }

        return node with { Json = copy };
    }

    private void CompareGroup(string storage, SavedNode? current, SavedNode? desired, Func<PlanContext, StorageObject> find)
    {
        string name = (desired ?? current)!.Value.RequiredText("name");
        string key = $"{storage}/{name}";
        if (desired is not { } shall)
        {
            if (name != AluaTargetPortGroup.DefaultName)
            {
                _deleteExports.Add(new ConfigurationChange(ChangeKind.Delete, key, context => new AluaTargetPortGroup(find(context), name).Delete()));
            }
        }
        else if (current is not { } existing)
        {
            Create(key, context => MakeGroup(context, find(context), shall));
        }
        else
        {
            foreach (string setting in AluaTargetPortGroup.SavedSettings)
            {
                if (shall.Number(setting) is { } value)
                {
                    Change(key, setting, existing.Text(setting), shall.Text(setting), context => new AluaTargetPortGroup(find(context), name)[setting] = (int)value);
                }
            }
        }
    }

    private static void MakeGroup(PlanContext context, StorageObject storage, SavedNode desired)
    {
        string name = desired.RequiredText("name");
        AluaTargetPortGroup group = name == AluaTargetPortGroup.DefaultName
            ? new AluaTargetPortGroup(storage, name)
            : new AluaTargetPortGroup(storage, name, desired.RequiredNumber("tg_pt_gp_id"));
        foreach (string setting in AluaTargetPortGroup.SavedSettings)
        {
            if (desired.Number(setting) is { } value)
            {
                context.Try(() =>
                {
                    if (group[setting] != value)
                    {
                        group[setting] = (int)value;
                    }
                });
            }
        }
    }

    private void CreateStorage(SavedNode desired)
    {
        StoragePlugin plugin = PluginOf(desired);
        string name = desired.RequiredText("name");
        SavedNode saved = desired;
        Func<PlanContext, StorageObject> make = plugin.Name switch
        {
            UserStorageObject.PluginName => MakeUser(saved, name),
            FileIoStorageObject.PluginName => MakeFileIo(saved, name),
            BlockStorageObject.PluginName => MakeBlock(saved, name),
            RamDiskStorageObject.PluginName => MakeRamDisk(saved, name),
            _ => MakePscsi(saved, name),
        };

        Create(StorageKey(desired), context =>
        {
            StorageObject storage = make(context);
            context.Set(storage.Attributes, storage, Without(saved, "dev_size", "dev_config").Settings("attributes"));
            foreach (SavedNode group in saved.List("alua_tpgs"))
            {
                // A backstore that leaves ALUA to the device has no groups, whatever an older kernel saved.
                if (storage.SupportsAlua)
                {
                    context.Try(() => MakeGroup(context, storage, group));
                }
            }
        });
    }

    // The values are read here and not in the step, so that a mistake in the file is found before anything is done.
    private static Func<PlanContext, StorageObject> MakeUser(SavedNode node, string name)
    {
        string configuration = node.RequiredText("config");
        long size = node.Number("size") ?? throw node.Problem("'size' is missing");
        int? hwMaxSectors = node.Number("hw_max_sectors") is null ? null : node.RequiredNumber("hw_max_sectors");
        string? wwn = node.Text("wwn"), control = node.Text("control");
        return context => new UserStorageObject(context.Root, name, configuration, size, wwn, hwMaxSectors, control, context.Storage);
    }

    private static Func<PlanContext, StorageObject> MakeFileIo(SavedNode node, string name)
    {
        string device = node.RequiredText("dev");
        long? size = node.Number("size");
        string? wwn = node.Text("wwn");
        (bool writeBack, bool asynchronous) = (node.Flag("write_back") ?? false, node.Flag("aio") ?? false);
        return context => new FileIoStorageObject(context.Root, name, device, size, wwn, writeBack, asynchronous, context.Storage);
    }

    private static Func<PlanContext, StorageObject> MakeBlock(SavedNode node, string name)
    {
        string device = node.RequiredText("dev");
        string? wwn = node.Text("wwn");
        bool isReadOnly = node.Flag("readonly") ?? false;
        return context => new BlockStorageObject(context.Root, name, device, wwn, isReadOnly, context.Storage);
    }

    private static Func<PlanContext, StorageObject> MakeRamDisk(SavedNode node, string name)
    {
        long size = node.Number("size") ?? throw node.Problem("'size' is missing");
        string? wwn = node.Text("wwn");
        bool keepsNothing = node.Flag("nullio") ?? false;
        return context => new RamDiskStorageObject(context.Root, name, size, wwn, keepsNothing, context.Storage);
    }

    private static Func<PlanContext, StorageObject> MakePscsi(SavedNode node, string name)
    {
        string device = node.RequiredText("dev");
        return context => new PscsiStorageObject(context.Root, name, device, context.Storage);
    }
}

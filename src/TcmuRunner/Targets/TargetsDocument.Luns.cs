// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Targets;

/// <content>Logical units and their storage objects.</content>
internal sealed partial class TargetsDocument
{
    private const string UserPrefix = "/backstores/user/";

    /// <summary>Adds a logical unit, which all initiators of the group see under the same number.</summary>
    /// <param name="name">The target.</param>
    /// <param name="tag">The group.</param>
    /// <param name="configuration">A configuration string, or the name of a storage object.</param>
    /// <param name="sizeBytes">Its size; 0 for the backing store's own.</param>
    /// <param name="blockSizeBytes">Its block size; 0 for 512.</param>
    /// <param name="number">Its LUN; negative for the lowest that is free.</param>
    /// <returns>Its LUN.</returns>
    internal ushort AddLun(string name, ushort tag, string configuration, ulong sizeBytes, uint blockSizeBytes, int number)
    {
        JsonObject group = FindGroup(name, tag);
        string[] taken = [.. ObjectsOf(group, "luns").Select(lun => TextOf(lun, "index")!)];
        int lun = number >= 0 ? number : Enumerable.Range(0, taken.Length + 1).First(candidate => !taken.Contains($"{candidate}"));
        if (lun > LunMapping.MaximumLun || taken.Contains($"{lun}"))
        {
            throw new TargetsException(
                "", lun > LunMapping.MaximumLun ? $"LUN {lun} is too large: {LunMapping.MaximumLun} is the last." : $"{name} has a LUN {lun} already.");
        }

        string storage = FindStorage(configuration) is not null ? configuration : AddStorage(configuration, sizeBytes, blockSizeBytes);
        ListOf(group, "luns").Add(new JsonObject { ["index"] = lun, ["storage_object"] = UserPrefix + storage });
        foreach (JsonObject acl in ObjectsOf(group, "node_acls"))
        {
            // An initiator that has this number for something else keeps it.
            if (ObjectsOf(acl, "mapped_luns").All(mapping => TextOf(mapping, "index") != $"{lun}"))
            {
                ListOf(acl, "mapped_luns").Add(ToMapping(lun));
            }
        }

        return (ushort)lun;
    }

    /// <summary>Removes a logical unit, and its storage object unless another one uses it.</summary>
    internal void RemoveLun(string name, ushort tag, ushort number)
    {
        JsonObject group = FindGroup(name, tag);
        JsonObject lun = FindLun(group, name, number);
        ListOf(group, "luns").Remove(lun);
        foreach (JsonObject acl in ObjectsOf(group, "node_acls"))
        {
            JsonArray mappings = ListOf(acl, "mapped_luns");
            foreach (JsonObject mapping in mappings.OfType<JsonObject>().Where(mapping => TextOf(mapping, "tpg_lun") == $"{number}").ToArray())
            {
                mappings.Remove(mapping);
            }
        }

        RemoveUnusedStorage(StorageOf(lun) is { } storage ? [storage] : []);
    }

    /// <summary>Changes the size of a logical unit.</summary>
    internal void ResizeLun(string name, ushort tag, ushort number, ulong sizeBytes)
    {
        if (sizeBytes is 0 or > long.MaxValue)
        {
            throw new TargetsException("", $"{sizeBytes} bytes are no size for a disk.");
        }

        JsonObject lun = FindLun(FindGroup(name, tag), name, number);
        FindStorage(StorageOf(lun)!)!["size"] = sizeBytes;
    }

    private static JsonObject ToMapping(int lun) => new() { ["index"] = lun, ["tpg_lun"] = lun, ["write_protect"] = false };

    private static JsonObject FindLun(JsonObject group, string name, ushort number) =>
        ObjectsOf(group, "luns").FirstOrDefault(lun => TextOf(lun, "index") == $"{number}")
        ?? throw new TargetsException("", $"{name} has no LUN {number}.");

    private static string? StorageOf(JsonObject lun) =>
        TextOf(lun, "storage_object") is { } path && path.StartsWith(UserPrefix, StringComparison.Ordinal) ? path[UserPrefix.Length..] : null;

    private static IEnumerable<string> UsedStorage(JsonObject group) => ObjectsOf(group, "luns").Select(StorageOf).OfType<string>();

    private JsonObject? FindStorage(string name) => ObjectsOf(_root, "storage_objects").FirstOrDefault(storage =>
        TextOf(storage, "plugin") == "user" && TextOf(storage, "name") == name);

    private string AddStorage(string configuration, ulong sizeBytes, uint blockSizeBytes)
    {
        if (sizeBytes > long.MaxValue || !configuration.Contains('/', StringComparison.Ordinal))
        {
            throw new TargetsException(
                "", sizeBytes > long.MaxValue
                    ? $"{sizeBytes} bytes are no size for a disk."
                    : $"'{configuration}' is neither a storage object of the targets file nor a configuration string, as in 'file//srv/disk1.img'.");
        }

        string name = UnusedName(configuration);
        var storage = new JsonObject
        {
            ["attributes"] = new JsonObject { ["block_size"] = blockSizeBytes == 0 ? 512 : blockSizeBytes },
            ["config"] = configuration,
            ["name"] = name,
            ["plugin"] = "user",
            // Initiators know the disk by it, whatever becomes of its number.
            ["wwn"] = Guid.NewGuid().ToString(),
        };
        if (sizeBytes != 0)
        {
            storage["size"] = sizeBytes;
        }

        ListOf(_root, "storage_objects").Add(storage);
        return name;
    }

    // file//srv/disk1.img becomes disk1.img, or disk1.img-2 where that is taken. The name is a directory in configfs if the kernel gets the file.
    private string UnusedName(string configuration)
    {
        string last = configuration.Split(';')[0].TrimEnd('/').Split('/')[^1];
        string start = string.Concat(last.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')).TrimStart('.');
        start = start.Length == 0 ? "disk" : start[..Math.Min(start.Length, 64)];
        string name = start;
        for (int count = 2; ObjectsOf(_root, "storage_objects").Any(storage => TextOf(storage, "name") == name); count++)
        {
            name = $"{start}-{count}";
        }

        return name;
    }

    private void RemoveUnusedStorage(IEnumerable<string> names)
    {
        // Other fabrics' targets in the file count too.
        HashSet<string> used = [.. ObjectsOf(_root, "targets").SelectMany(GroupsOf).SelectMany(UsedStorage)];
        foreach (string name in names.Where(name => !used.Contains(name)).Distinct(StringComparer.Ordinal))
        {
            if (FindStorage(name) is { } storage)
            {
                ListOf(_root, "storage_objects").Remove(storage);
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>What is behind LUNs: a file, a block device, memory, a SCSI device, or a handler in user space.</summary>
public abstract class StorageObject : LioObject
{
    private const string SerialLabel = "T10 VPD Unit Serial Number:";

    private protected StorageObject(Root root, string path, string plugin)
        : base(root, path)
    {
        Plugin = plugin;
        Name = path[(path.LastIndexOf('/') + 1)..];
    }

    /// <summary>The kind, as people and saved files name it: <c>fileio</c>, <c>block</c>, <c>ramdisk</c>, <c>pscsi</c> or <c>user</c>.</summary>
    public string Plugin { get; }

    /// <summary>Its name, which only it has among those of its kind.</summary>
    public string Name { get; }

    /// <summary>How saved files refer to it, as in <c>/backstores/user/disk1</c>.</summary>
    public string SavedPath => $"/backstores/{Plugin}/{Name}";

    /// <summary>Whether LUNs use it.</summary>
    public StorageStatus Status => new InfoText(ReadFile("info")).Word("Status") == "ACTIVATED" ? StorageStatus.Activated : StorageStatus.Deactivated;

    /// <summary>False while somebody is still making it.</summary>
    public bool IsConfigured => !HasFile("enable") || ReadFile("enable") == "1";

    /// <summary>The unit serial number, which the disk tells initiators and by which they know it again.</summary>
    public virtual string Wwn
    {
        get
        {
            string text = ReadFile("wwn/vpd_unit_serial");
            return text.StartsWith(SerialLabel, StringComparison.Ordinal) ? text[SerialLabel.Length..].Trim() : text;
        }

        set => WriteFile("wwn/vpd_unit_serial", value);
    }

    /// <summary>The path of the backing file or device, as whoever made it gave it; empty where there is none.</summary>
    public string DevicePath => ReadFile("udev_path");

    /// <summary>Whether LIO answers ALUA commands for it, so that it has groups.</summary>
    public virtual bool SupportsAlua => true;

    /// <summary>Its groups of target ports with a common access state.</summary>
    public IEnumerable<AluaTargetPortGroup> AluaTargetPortGroups => SupportsAlua
        ? Files.List(Path + "/alua").Select(name => AluaTargetPortGroup.Existing(this, name))
        : [];

    /// <summary>The LUNs that use it, of every fabric.</summary>
    public IEnumerable<Lun> AttachedLuns => Status == StorageStatus.Deactivated
        ? []
        : Root.Luns.Where(lun => lun.Alias is { } alias && Files.ReadLink($"{lun.Path}/{alias}") == Path);

    /// <summary>Deletes the object, its groups and the LUNs that use it. A backing file stays; what a ramdisk held is lost.</summary>
    public override void Delete()
    {
        if (!Exists)
        {
            return;
        }

        foreach (Lun lun in AttachedLuns)
        {
            lun.Delete();
        }

        foreach (AluaTargetPortGroup group in AluaTargetPortGroups.Where(group => !group.IsDefault))
        {
            group.Delete();
        }

        Remove();
        RemoveBackstore();
    }

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = DumpSettings();
        dump["name"] = Name;
        dump["plugin"] = Plugin;
        dump["alua_tpgs"] = new JsonArray([.. AluaTargetPortGroups.Select(group => group.Dump())]);
        return dump;
    }

    /// <inheritdoc/>
    public sealed override string ToString() => $"{Plugin}/{Name}";

    internal static IEnumerable<StorageObject> All(Root root) =>
        from store in Backstore.All(root)
        let plugin = StoragePlugin.WithPrefix(store.Prefix)
        where plugin is not null
        from path in store.Objects
        select plugin.Attach(root, path);

    internal static StorageObject? Find(Root root, string plugin, string name) => PathOf(root, plugin, name) is { } path ? At(root, path) : null;

    internal static StorageObject? At(Root root, string path) =>
        System.IO.Path.GetDirectoryName(path) is { } directory && Backstore.Parse(root, directory) is { } store
            ? StoragePlugin.WithPrefix(store.Prefix)?.Attach(root, path)
            : null;

    // The directory of a new object; `index` knows what there is when many are made.
    private protected static string Create(Root root, string plugin, string name, StorageIndex? index)
    {
        if (name.Length is 0 or > 127 || name is "." or ".." || name.Any(character => character == '/' || char.IsWhiteSpace(character) || char.IsControl(character)))
        {
            throw new LioException(LioErrorKind.Invalid, $"'{name}' cannot be the name of a storage object: it has 1 to 127 characters, no '/' and no white space.");
        }

        Backstore[] stores = index is null ? [.. Backstore.All(root)] : [];
        if ((index is null ? PathOf(root, stores, plugin, name) : index.PathOf(plugin, name)) is not null)
        {
            throw new LioException(LioErrorKind.AlreadyExists, $"The storage object {plugin}/{name} exists already.");
        }

        Backstore store;
        try
        {
            store = Backstore.Create(root, StoragePlugin.Named(plugin).Prefix, index?.Used ?? stores.Select(store => store.Index).ToHashSet());
        }
        catch (LioException exception) when (exception.Kind != LioErrorKind.NotPermitted)
        {
            throw exception.About($"The storage object {plugin}/{name} cannot be created; is the kernel module of the plugin {plugin} there?");
        }

        try
        {
            string path = $"{store.Path}/{name}";
            root.Files.MakeDirectory(path);
            index?.Add(plugin, name, path, store.Index);
            return path;
        }
        catch (LioException exception)
        {
            store.Remove();
            throw exception.About($"The storage object {plugin}/{name} cannot be created");
        }
    }

    private protected static string Locate(Root root, string plugin, string name) => PathOf(root, plugin, name) ??
        throw new LioException(LioErrorKind.NotFound, $"There is no storage object {plugin}/{name}.");

    private static string? PathOf(Root root, string plugin, string name) => PathOf(root, Backstore.All(root), plugin, name);

    private static string? PathOf(Root root, IEnumerable<Backstore> stores, string plugin, string name)
    {
        string prefix = StoragePlugin.Named(plugin).Prefix;
        return stores.Where(store => store.Prefix == prefix).Select(store => $"{store.Path}/{name}").FirstOrDefault(root.Files.IsDirectory);
    }

    // Sets a new object up; when something fails nothing of it is left.
    private protected void Configure(Action configure, string? wwn)
    {
        try
        {
            configure();
            WriteFile("enable", "1");
            if (TakesWwn)
            {
                Wwn = wwn ?? Guid.NewGuid().ToString();
            }

            RestoreReservations();
        }
        catch
        {
            Remove();
            RemoveBackstore();
            throw;
        }
    }

    private protected virtual bool TakesWwn => true;

    private protected void Control(string setting) => WriteFile("control", setting);

    private protected InfoText Info => new(ReadFile("info"));

    private void RemoveBackstore()
    {
        try
        {
            Files.RemoveDirectory(System.IO.Path.GetDirectoryName(Path)!);
        }
        catch (LioException exception) when (exception.Kind is LioErrorKind.InUse or LioErrorKind.NotFound)
        {
            return; // somebody keeps more than one object in it
        }
    }

    // Persistent reservations with APTPL: the kernel writes them to a file, but reads none back; whoever makes the object does that.
    private void RestoreReservations()
    {
        string file = $"{Root.DatabasePath}/pr/aptpl_{Wwn}";
        if (!File.Exists(file))
        {
            return;
        }

        var registration = new List<string>();
        foreach (string line in File.ReadLines(file).Select(line => line.Trim()))
        {
            if (line.StartsWith("PR_REG_START:", StringComparison.Ordinal))
            {
                registration.Clear();
            }
            else if (line.StartsWith("PR_REG_END:", StringComparison.Ordinal))
            {
                WriteFile("pr/res_aptpl_metadata", string.Join(',', registration));
            }
            else if (line.Length > 0)
            {
                registration.Add(line);
            }
        }
    }
}

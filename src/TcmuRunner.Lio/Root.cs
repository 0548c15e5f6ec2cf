// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using TcmuRunner.Lio.ConfigFs;

namespace TcmuRunner.Lio;

/// <summary>
/// LIO's whole configuration. Its sequences are walked as they are read and show what the kernel has at that moment, at every level
/// without loops: <c>root.MappedLuns</c> is every mapped LUN of every ACL of every target of every fabric.
/// </summary>
public sealed partial class Root
{
    /// <summary>Where the kernel has it.</summary>
    public const string DefaultPath = "/sys/kernel/config/target";

    private readonly Dictionary<string, FabricModule> _fabrics;

    /// <summary>Opens the configuration; mounts configfs and loads LIO where that is missing at the usual place.</summary>
    /// <param name="path">The directory <c>target</c> of a configfs.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotAvailable"/>: there is no configfs, or the kernel has no LIO.</exception>
    public Root(string path = DefaultPath)
        : this(path, new KernelConfigFs(), new SystemCommands())
    {
    }

    internal Root(string path, IConfigFs files, ISystemCommands system, string sysPath = "/sys")
    {
        Path = path.TrimEnd('/');
        Files = files;
        System = system;
        SysPath = sysPath;
        Prepare();
        _fabrics = FabricDescription.All.ToDictionary(description => description.Name, description => new FabricModule(this, description));
    }

    /// <summary>The directory <c>target</c>.</summary>
    public string Path { get; }

    /// <summary>Every fabric that LIO knows, loaded or not.</summary>
    public IEnumerable<FabricModule> FabricModules => FabricDescription.All.Select(description => _fabrics[description.Name]);

    /// <summary>Every backing store.</summary>
    public IEnumerable<StorageObject> StorageObjects => StorageObject.All(this);

    /// <summary>Every group of target ports with a common access state.</summary>
    public IEnumerable<AluaTargetPortGroup> AluaTargetPortGroups => StorageObjects.SelectMany(storage => storage.AluaTargetPortGroups);

    /// <summary>Every target.</summary>
    public IEnumerable<Target> Targets => FabricModules.SelectMany(fabric => fabric.Targets);

    /// <summary>Every target portal group.</summary>
    public IEnumerable<Tpg> Tpgs => Targets.SelectMany(target => target.Tpgs);

    /// <summary>Every address that a target listens on.</summary>
    public IEnumerable<NetworkPortal> NetworkPortals => Tpgs.SelectMany(tpg => tpg.NetworkPortals);

    /// <summary>Every LUN of a target.</summary>
    public IEnumerable<Lun> Luns => Tpgs.SelectMany(tpg => tpg.Luns);

    /// <summary>Every initiator that is named.</summary>
    public IEnumerable<NodeAcl> NodeAcls => Tpgs.SelectMany(tpg => tpg.NodeAcls);

    /// <summary>Every LUN as a named initiator sees it.</summary>
    public IEnumerable<MappedLun> MappedLuns => NodeAcls.SelectMany(acl => acl.MappedLuns);

    /// <summary>Every session of an initiator that is named.</summary>
    public IEnumerable<Session> Sessions => NodeAcls.Select(acl => acl.Session).OfType<Session>();

    /// <summary>Where the kernel keeps what outlives a reboot, as persistent reservations.</summary>
    public string DatabasePath => Files.IsFile(Path + "/dbroot") ? Files.Read(Path + "/dbroot") : "/var/target";

    internal IConfigFs Files { get; }

    internal ISystemCommands System { get; }

    internal string SysPath { get; }

    /// <summary>A fabric by its name; the same instance every time.</summary>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: LIO has no such fabric.</exception>
    public FabricModule Fabric(string name) => _fabrics.TryGetValue(name, out FabricModule? fabric)
        ? fabric
        : throw new LioException(LioErrorKind.NotFound, $"There is no fabric '{name}'; there are {string.Join(", ", FabricModules)}.");

    /// <summary>The storage object of a plugin and name, or null.</summary>
    public StorageObject? FindStorageObject(string plugin, string name) => StorageObject.Find(this, plugin, name);

    /// <summary>The whole configuration, as <c>saveconfig.json</c> keeps it.</summary>
    public JsonObject Dump() => new()
    {
        ["fabric_modules"] = new JsonArray(
            [.. FabricModules.Where(fabric => fabric.Exists && fabric.Has(FabricFeatures.DiscoveryAuthentication) && fabric.DiscoveryAuthenticationEnforced)
                .Select(fabric => fabric.Dump())]),
        ["storage_objects"] = new JsonArray([.. StorageObjects.Select(storage => storage.Dump())]),
        ["targets"] = new JsonArray([.. Targets.Select(target => target.Dump())]),
    };

    /// <summary>Deletes everything: targets first, then storage objects, then what was left of either. Backing files stay.</summary>
    public void Clear()
    {
        foreach (Target target in Targets)
        {
            target.Delete();
        }

        foreach (FabricModule fabric in FabricModules)
        {
            fabric.ClearDiscoveryAuthentication();
        }

        foreach (StorageObject storage in StorageObjects)
        {
            storage.Delete();
        }

        foreach (Backstore empty in Backstore.All(this))
        {
            empty.Remove();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Path;

    private void Prepare()
    {
        if (Files.IsDirectory(Path))
        {
            return;
        }

        string? reason = null;
        if (Path == DefaultPath)
        {
            // The directory is LIO's own: it appears with the module, once configfs is mounted.
            reason = System.LoadModule("configfs");
            reason = Files.List("/sys/kernel/config").Count == 0 ? System.MountConfigFs() ?? System.LoadModule("target_core_mod") : System.LoadModule("target_core_mod");
        }

        if (!Files.IsDirectory(Path))
        {
            try
            {
                Files.MakeDirectory(Path);
            }
            catch (LioException exception)
            {
                throw new LioException(
                    exception.Kind == LioErrorKind.NotPermitted ? LioErrorKind.NotPermitted : LioErrorKind.NotAvailable,
                    $"LIO cannot be configured: {Path} is missing. Is configfs mounted (mount -t configfs configfs /sys/kernel/config), " +
                    $"has this kernel LIO (modprobe target_core_mod), and are you root? {reason ?? exception.Message}",
                    exception)
                { Path = Path, Errno = exception.Errno };
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>
/// A fabric: iSCSI, loopback, vhost, Fibre Channel and so on. There is one instance for each in a <see cref="Root"/>; asking for it touches
/// nothing, and the kernel's module is loaded when the first target is made.
/// </summary>
public sealed class FabricModule : LioObject
{
    private static readonly string[] s_versionFiles = ["lio_version", "version"];

    private readonly FabricDescription _description;

    internal FabricModule(Root root, FabricDescription description)
        : base(root, $"{root.Path}/{description.Directory}")
    {
        _description = description;
        DiscoveryAuthentication = new ChapCredentials(root.Files, Path + "/discovery_auth");
    }

    /// <summary>The name that people and saved files use, as in <c>iscsi</c>.</summary>
    public string Name => _description.Name;

    /// <summary>What its targets have.</summary>
    public FabricFeatures Features => _description.Features;

    /// <summary>The kinds of names that it takes, its own first.</summary>
    public IReadOnlyList<WorldWideNameKind> NameKinds => _description.NameKinds;

    /// <summary>False when targets take the names of the machine's adapters, so that one has to be given.</summary>
    public bool GeneratesNames => _description.Hardware is null;

    /// <summary>The names of the machine's adapters; none where <see cref="GeneratesNames"/> is true.</summary>
    public IReadOnlyList<string> HardwareNames => _description.Hardware?.Find(Root.SysPath) ?? [];

    /// <summary>Its targets, found as the sequence is walked; none when the fabric is not loaded.</summary>
    public IEnumerable<Target> Targets =>
        from name in Files.List(Path)
        where name != "discovery_auth" && Files.IsDirectory($"{Path}/{name}")
        select Target.Existing(this, name);

    /// <summary>The module's version, as in <c>Datera Inc. iSCSI Target v4.1.0</c>; null when the fabric is not loaded or does not say.</summary>
    public string? Version
    {
        get
        {
            string? file = s_versionFiles.FirstOrDefault(HasFile);
            return file is null ? null : ReadFile(file);
        }
    }

    /// <summary>What initiators and target tell each other on discovery sessions.</summary>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotSupported"/>, on use: the fabric has no such thing.</exception>
    public ChapCredentials DiscoveryAuthentication { get; }

    /// <summary>Whether discovery sessions have to authenticate.</summary>
    public bool DiscoveryAuthenticationEnforced
    {
        get => ReadFile("discovery_auth/enforce_discovery_auth") == "1";
        set
        {
            Require(FabricFeatures.DiscoveryAuthentication, "CHAP for discovery");
            Load();
            WriteFile("discovery_auth/enforce_discovery_auth", value ? "1" : "0");
        }
    }

    /// <summary>True when its targets have all of the features.</summary>
    public bool Has(FabricFeatures features) => (Features & features) == features;

    /// <summary>Loads the module and makes the fabric known, when it is not yet.</summary>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotAvailable"/>: this kernel has no such module.</exception>
    public void Load()
    {
        if (Exists)
        {
            return;
        }

        try
        {
            Files.MakeDirectory(Path);
        }
        catch (LioException exception) when (exception.Kind is not (LioErrorKind.NotPermitted or LioErrorKind.AlreadyExists))
        {
            if (Root.System.LoadModule(_description.KernelModule) is { } reason)
            {
                throw new LioException(
                    LioErrorKind.NotAvailable,
                    $"The fabric {Name} is not available: the kernel module {_description.KernelModule} cannot be loaded: {reason}",
                    exception)
                { Path = Path };
            }

            if (!Exists)
            {
                Files.MakeDirectory(Path);
            }
        }
        catch (LioException) when (Exists)
        {
            return; // somebody else was faster
        }
    }

    /// <summary>Deletes every target of the fabric, switches discovery authentication off, and lets go of the module.</summary>
    public override void Delete()
    {
        if (!Exists)
        {
            return;
        }

        foreach (Target target in Targets)
        {
            target.Delete();
        }

        ClearDiscoveryAuthentication();
        Remove();
    }

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = DumpSettings();
        dump["name"] = Name;
        if (Has(FabricFeatures.DiscoveryAuthentication))
        {
            DiscoveryAuthentication.DumpTo(dump, "discovery_");
            dump["discovery_enable_auth"] = Exists && DiscoveryAuthenticationEnforced;
        }

        return dump;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal (string Name, WorldWideNameKind Kind) Normalize(string name) => WorldWideName.Normalize(name, _description.NameKinds);

    internal string ToKernel(string name) => _description.ToKernel(name);

    internal string FromKernel(string name) => _description.FromKernel(name);

    internal void Require(FabricFeatures feature, string what)
    {
        if (!Has(feature))
        {
            throw new LioException(LioErrorKind.NotSupported, $"The fabric {Name} has no {what}.") { Path = Path };
        }
    }

    internal void ClearDiscoveryAuthentication()
    {
        if (Exists && Has(FabricFeatures.DiscoveryAuthentication))
        {
            DiscoveryAuthentication.Clear();
            DiscoveryAuthenticationEnforced = false;
        }
    }
}

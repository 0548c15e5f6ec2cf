// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using TcmuRunner.Lio.Native;

namespace TcmuRunner.Lio;

/// <summary>A target portal group: LUNs, and where the fabric has them, portals and access control lists, under one tag.</summary>
public sealed class Tpg : LioObject
{
    internal const string Prefix = "tpgt_";
    private const int MaximumTag = 65535;

    /// <summary>Makes a portal group or attaches to it. Where the fabric needs a local initiator (nexus), one is named.</summary>
    /// <param name="target">Its target.</param>
    /// <param name="tag">0 to 65,535; null for the lowest free one from 1.</param>
    /// <param name="mode">What to do when it exists.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotSupported"/>: targets of this fabric have one group only.</exception>
    public Tpg(Target target, int? tag = null, ObjectMode mode = ObjectMode.Any)
        : this(tag ?? FreeTag(target), target)
    {
        if (Tag is < 0 or > MaximumTag)
        {
            throw new LioException(LioErrorKind.Invalid, $"A portal group's tag is 0 to {MaximumTag}, not {Tag}.");
        }

        FabricModule fabric = target.FabricModule;
        if (mode != ObjectMode.Attach && !fabric.Has(FabricFeatures.PortalGroups) && !Exists && target.Tpgs.FirstOrDefault() is { } other)
        {
            throw new LioException(LioErrorKind.NotSupported, $"{target} has the portal group {other.Tag}; targets of {fabric} have one only.") { Path = Path };
        }

        Make(mode, $"The portal group {Tag} of {target}");
        if (mode != ObjectMode.Attach && fabric.Has(FabricFeatures.Nexus) && Nexus is null)
        {
            Nexus = WorldWideName.Generate(fabric.Normalize(target.Wwn).Kind);
        }
    }

    private Tpg(int tag, Target target)
        : base(target.Root, $"{target.Path}/{Prefix}{tag.ToString(CultureInfo.InvariantCulture)}")
    {
        Target = target;
        Tag = tag;
        Authentication = new ChapCredentials(target.Root.Files, Path + "/auth");
    }

    /// <summary>The target that it belongs to.</summary>
    public Target Target { get; }

    /// <summary>The tag.</summary>
    public int Tag { get; }

    /// <summary>Whether initiators may log in. Fabrics without such a switch are always on, and ignore it.</summary>
    public bool Enabled
    {
        get => !HasFile("enable") || ReadFile("enable") == "1";
        set
        {
            if (HasFile("enable") && Enabled != value)
            {
                WriteFile("enable", value ? "1" : "0");
            }
        }
    }

    /// <summary>The name of the local initiator, where the fabric has one; null when there is none. It can be set once.</summary>
    public string? Nexus
    {
        get
        {
            try
            {
                return HasFile("nexus") && ReadFile("nexus") is { Length: > 0 } name ? Target.FabricModule.FromKernel(name) : null;
            }
            catch (LioException exception) when (exception.Errno == Errno.ENODEV)
            {
                return null; // the kernel's way to say that none is set
            }
        }

        set
        {
            FabricModule fabric = Target.FabricModule;
            fabric.Require(FabricFeatures.Nexus, "nexus");
            ArgumentNullException.ThrowIfNull(value);
            WriteFile("nexus", fabric.ToKernel(fabric.Normalize(value).Name));
        }
    }

    /// <summary>CHAP for initiators that have no list of their own.</summary>
    public ChapCredentials Authentication { get; }

    /// <summary>Its LUNs, by number.</summary>
    public IEnumerable<Lun> Luns => Lun.NumbersIn(Files, Path + "/lun").Select(number => Lun.Existing(this, number));

    /// <summary>Its portals; none where the fabric has no such thing.</summary>
    public IEnumerable<NetworkPortal> NetworkPortals =>
        from name in Files.List(Path + "/np")
        let portal = NetworkPortal.Existing(this, name)
        where portal is not null
        select portal;

    /// <summary>The initiators that are named; none where the fabric has no such thing.</summary>
    public IEnumerable<NodeAcl> NodeAcls =>
        from name in Files.List(Path + "/acls")
        where Files.IsDirectory($"{Path}/acls/{name}")
        select NodeAcl.Existing(this, name);

    /// <summary>The names of initiators that are logged in without being named in a list.</summary>
    public IReadOnlyList<string> DynamicSessions =>
        HasFile("dynamic_sessions") ? ReadFile("dynamic_sessions").Split(['\n', '\0'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];

    /// <summary>Closes the group to initiators, deletes its lists, LUNs and portals, then itself.</summary>
    public override void Delete()
    {
        if (!Exists)
        {
            return;
        }

        Enabled = false;
        foreach (NodeAcl acl in NodeAcls)
        {
            acl.Delete();
        }

        foreach (Lun lun in Luns)
        {
            lun.Delete();
        }

        foreach (NetworkPortal portal in NetworkPortals)
        {
            portal.Delete();
        }

        Remove();
    }

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = DumpSettings();
        dump["tag"] = Tag;
        dump["enable"] = Enabled;
        dump["luns"] = new JsonArray([.. Luns.Select(lun => lun.Dump())]);
        dump["portals"] = new JsonArray([.. NetworkPortals.Select(portal => portal.Dump())]);
        dump["node_acls"] = new JsonArray([.. NodeAcls.Select(acl => acl.Dump())]);
        if (Target.FabricModule.Has(FabricFeatures.Authentication))
        {
            Authentication.DumpTo(dump, "chap_");
        }

        return dump;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Target}/tpg{Tag.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>What the kernel has.</summary>
    internal static Tpg Existing(Target target, int tag) => new(tag, target);

    private static int FreeTag(Target target)
    {
        var used = target.Tpgs.Select(tpg => tpg.Tag).ToHashSet();
        return Enumerable.Range(1, MaximumTag).First(tag => !used.Contains(tag));
    }
}

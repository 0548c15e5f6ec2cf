// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>What one initiator, by its name, may see of a portal group.</summary>
public sealed class NodeAcl : LioObject
{
    // The kernel's word for no tag.
    private const string NotSet = "NULL";

    /// <summary>Names an initiator, or attaches to what is there for it.</summary>
    /// <param name="tpg">The group that it may use.</param>
    /// <param name="initiator">Its name, of a kind that the fabric takes.</param>
    /// <param name="mode">What to do when it exists.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.Invalid"/>: the fabric takes no such name.</exception>
    public NodeAcl(Tpg tpg, string initiator, ObjectMode mode = ObjectMode.Any)
        : this(Check(tpg, initiator), tpg) => Make(mode, $"The ACL of {Initiator} in {tpg}");

    private NodeAcl(string initiator, Tpg tpg)
        : base(tpg.Root, $"{tpg.Path}/acls/{tpg.Target.FabricModule.ToKernel(initiator)}")
    {
        Tpg = tpg;
        Initiator = initiator;
        Authentication = new ChapCredentials(tpg.Root.Files, Path + "/auth");
    }

    /// <summary>The group that it may use.</summary>
    public Tpg Tpg { get; }

    /// <summary>The initiator's name.</summary>
    public string Initiator { get; }

    /// <summary>CHAP for this initiator, before that of the group.</summary>
    public ChapCredentials Authentication { get; }

    /// <summary>How many commands the initiator may have outstanding in a session.</summary>
    public int QueueDepth
    {
        get => int.Parse(ReadFile("cmdsn_depth"), NumberStyles.None, CultureInfo.InvariantCulture);
        set => WriteFile("cmdsn_depth", value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A label by which tools put initiators into groups; null when there is none, or the kernel has no such thing.</summary>
    public string? Tag
    {
        get => HasFile("tag") && ReadFile("tag") is { Length: > 0 } tag && tag != NotSet ? tag : null;
        set => WriteFile("tag", string.IsNullOrEmpty(value) ? NotSet : value);
    }

    /// <summary>Its session at this moment; null when it has none.</summary>
    public Session? Session => HasFile("info") ? Session.Parse(this, ReadFile("info")) : null;

    /// <summary>The LUNs as it sees them, by number.</summary>
    public IEnumerable<MappedLun> MappedLuns => Lun.NumbersIn(Files, Path).Select(number => MappedLun.Existing(this, number));

    /// <summary>Ends the initiator's session and deletes what it may see.</summary>
    public override void Delete()
    {
        if (!Exists)
        {
            return;
        }

        foreach (MappedLun mapped in MappedLuns)
        {
            mapped.Delete();
        }

        Remove();
    }

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = DumpSettings();
        dump["node_wwn"] = Initiator;
        dump["mapped_luns"] = new JsonArray([.. MappedLuns.Select(mapped => mapped.Dump())]);
        if (Tag is { } tag)
        {
            dump["tag"] = tag;
        }

        if (Tpg.Target.FabricModule.Has(FabricFeatures.Authentication))
        {
            Authentication.DumpTo(dump, "chap_");
        }

        return dump;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Tpg}/{Initiator}";

    internal static NodeAcl Existing(Tpg tpg, string kernelName) => new(tpg.Target.FabricModule.FromKernel(kernelName), tpg);

    private static string Check(Tpg tpg, string initiator)
    {
        FabricModule fabric = tpg.Target.FabricModule;
        fabric.Require(FabricFeatures.NodeAcls, "access control lists");
        return fabric.Normalize(initiator).Name;
    }
}

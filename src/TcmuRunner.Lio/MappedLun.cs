// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>A LUN of the group under the number by which one initiator sees it.</summary>
public sealed class MappedLun : LioObject
{
    /// <summary>The highest number by which an initiator sees a LUN, as LIO's tools have it.</summary>
    public const int MaximumNumber = 255;

    /// <summary>Makes a mapping.</summary>
    /// <param name="acl">The initiator.</param>
    /// <param name="number">0 to 255: what the initiator sees.</param>
    /// <param name="lun">A LUN of the same group.</param>
    /// <param name="isWriteProtected">True: this initiator may only read.</param>
    /// <param name="alias">The name of the link; null for a random one, as usual.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.AlreadyExists"/>: the number is taken.</exception>
    public MappedLun(NodeAcl acl, int number, Lun lun, bool isWriteProtected = false, string? alias = null)
        : this(Check(number), acl)
    {
        if (!lun.Tpg.Equals(acl.Tpg))
        {
            throw new LioException(LioErrorKind.Invalid, $"{lun} is not in {acl.Tpg}; an initiator sees LUNs of its own group only.");
        }

        alias = LinkAlias.CheckOrGenerate(alias);
        Make(ObjectMode.Create, $"The mapped LUN {number} of {acl}");
        try
        {
            Files.Link(lun.Path, $"{Path}/{alias}");
            IsWriteProtected = isWriteProtected;
        }
        catch (LioException exception)
        {
            LinkAlias.RemoveAll(Files, Path);
            Remove();
            throw exception.About($"{lun} cannot be mapped as LUN {number} of {acl}");
        }
    }

    /// <summary>Attaches to a mapping.</summary>
    /// <param name="acl">The initiator.</param>
    /// <param name="number">0 to 255: what the initiator sees.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: there is none.</exception>
    public MappedLun(NodeAcl acl, int number)
        : this(Check(number), acl) => Make(ObjectMode.Attach, $"The mapped LUN {number} of {acl}");

    private MappedLun(int number, NodeAcl acl)
        : base(acl.Root, $"{acl.Path}/lun_{number.ToString(CultureInfo.InvariantCulture)}") => (NodeAcl, Number) = (acl, number);

    /// <summary>The initiator.</summary>
    public NodeAcl NodeAcl { get; }

    /// <summary>The number that it sees.</summary>
    public int Number { get; }

    /// <summary>Whether it may only read.</summary>
    public bool IsWriteProtected
    {
        get => ReadFile("write_protect") == "1";
        set => WriteFile("write_protect", value ? "1" : "0");
    }

    /// <summary>The name of the link to the LUN; null when there is none.</summary>
    public string? Alias => LinkAlias.Find(Files, Path);

    /// <summary>The LUN behind it.</summary>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: nothing, any more.</exception>
    public Lun Lun => TargetPath is { } path && NodeAcl.Tpg.Luns.FirstOrDefault(lun => lun.Path == path) is { } lun
        ? lun
        : throw new LioException(LioErrorKind.NotFound, $"{this} has no LUN behind it.") { Path = Path };

    internal string? TargetPath => Alias is { } alias ? Files.ReadLink($"{Path}/{alias}") : null;

    /// <inheritdoc/>
    public override void Delete()
    {
        if (Exists)
        {
            LinkAlias.RemoveAll(Files, Path);
            Remove();
        }
    }

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = DumpSettings();
        dump["index"] = Number;
        dump["tpg_lun"] = Lun.Number;
        dump["write_protect"] = IsWriteProtected;
        dump["alias"] = Alias;
        return dump;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{NodeAcl}/lun{Number.ToString(CultureInfo.InvariantCulture)}";

    internal static MappedLun Existing(NodeAcl acl, int number) => new(number, acl);

    private static int Check(int number) => number is >= 0 and <= MaximumNumber
        ? number
        : throw new LioException(LioErrorKind.Invalid, $"The number of a mapped LUN is 0 to {MaximumNumber}, not {number}.");
}

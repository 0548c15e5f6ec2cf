// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using TcmuRunner.Lio.ConfigFs;

namespace TcmuRunner.Lio;

/// <summary>A storage object under a number in a portal group.</summary>
public sealed class Lun : LioObject
{
    /// <summary>The highest number of a LUN.</summary>
    public const int MaximumNumber = 65535;

    private const string Prefix = "lun_";

    /// <summary>Makes a LUN: exports a storage object.</summary>
    /// <param name="tpg">The group to export it in.</param>
    /// <param name="number">0 to 65,535; null for the lowest free one.</param>
    /// <param name="storage">What is behind it.</param>
    /// <param name="alias">The name of the link; null for a random one, as usual.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.AlreadyExists"/>: the number is taken.</exception>
    public Lun(Tpg tpg, int? number, StorageObject storage, string? alias = null)
        : this(Check(number ?? FreeNumber(tpg)), tpg)
    {
        alias = LinkAlias.CheckOrGenerate(alias);
        Make(ObjectMode.Create, $"The LUN {Number} of {tpg}");
        try
        {
            Files.Link(storage.Path, $"{Path}/{alias}");
        }
        catch (LioException exception)
        {
            Remove();
            throw exception.About($"{storage} cannot be exported as LUN {Number} of {tpg}");
        }
    }

    /// <summary>Attaches to a LUN.</summary>
    /// <param name="tpg">Its group.</param>
    /// <param name="number">0 to 65,535.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: there is none.</exception>
    public Lun(Tpg tpg, int number)
        : this(Check(number), tpg) => Make(ObjectMode.Attach, $"The LUN {number} of {tpg}");

    private Lun(int number, Tpg tpg)
        : base(tpg.Root, $"{tpg.Path}/lun/{Prefix}{number.ToString(CultureInfo.InvariantCulture)}") => (Tpg, Number) = (tpg, number);

    /// <summary>The group that exports it.</summary>
    public Tpg Tpg { get; }

    /// <summary>The number.</summary>
    public int Number { get; }

    /// <summary>The name of the link to the storage object; null when there is none.</summary>
    public string? Alias => LinkAlias.Find(Files, Path);

    /// <summary>What is behind it.</summary>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: nothing, any more.</exception>
    public StorageObject StorageObject =>
        (Alias is { } alias && Files.ReadLink($"{Path}/{alias}") is { } target ? StorageObject.At(Root, target) : null) ??
        throw new LioException(LioErrorKind.NotFound, $"{this} has no storage object behind it.") { Path = Path };

    /// <summary>How the initiators that are named see it.</summary>
    public IEnumerable<MappedLun> MappedLuns => Tpg.NodeAcls.SelectMany(acl => acl.MappedLuns).Where(mapped => mapped.TargetPath == Path);

    /// <summary>The name of its ALUA group; null where the backstore leaves ALUA to the device.</summary>
    public string? AluaGroup
    {
        // "TG Port Alias: <name>", then what the group has.
        get
        {
            if (!StorageObject.SupportsAlua || !HasFile("alua_tg_pt_gp"))
            {
                return null;
            }

            string line = ReadFile("alua_tg_pt_gp").Split('\n')[0];
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            return colon < 0 ? null : line[(colon + 1)..].Trim();
        }

        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (AluaGroup is not { } current)
            {
                throw new LioException(LioErrorKind.NotSupported, $"{this}: {StorageObject} leaves ALUA to the device.") { Path = Path };
            }

            if (current == value)
            {
                return;
            }

            // The kernel answers ENODEV, which says nothing of groups.
            StorageObject storage = StorageObject;
            if (!storage.AluaTargetPortGroups.Any(group => group.Name == value))
            {
                throw new LioException(LioErrorKind.NotFound, $"{this}: {storage} has no target port group '{value}'.") { Path = Path };
            }

            WriteFile("alua_tg_pt_gp", value);
        }
    }

    /// <summary>What the kernel counts for it.</summary>
    public LunStatistics Statistics => LunStatistics.Read(Files, Path + "/statistics");

    /// <summary>Deletes the LUN, and before it the mappings of it.</summary>
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

        LinkAlias.RemoveAll(Files, Path);
        Remove();
    }

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = DumpSettings();
        dump["index"] = Number;
        dump["storage_object"] = StorageObject.SavedPath;
        dump["alias"] = Alias;
        dump["alua_tg_pt_gp_name"] = AluaGroup;
        return dump;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Tpg}/lun{Number.ToString(CultureInfo.InvariantCulture)}";

    internal static Lun Existing(Tpg tpg, int number) => new(number, tpg);

    internal static IEnumerable<int> NumbersIn(IConfigFs files, string path) =>
        from name in files.List(path)
        where name.StartsWith(Prefix, StringComparison.Ordinal)
        let number = int.TryParse(name[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) ? parsed : -1
        where number >= 0
        orderby number
        select number;

    private static int Check(int number) => number is >= 0 and <= MaximumNumber
        ? number
        : throw new LioException(LioErrorKind.Invalid, $"The number of a LUN is 0 to {MaximumNumber}, not {number}.");

    private static int FreeNumber(Tpg tpg)
    {
        var used = NumbersIn(tpg.Root.Files, tpg.Path + "/lun").ToHashSet();
        return Enumerable.Range(0, MaximumNumber + 1).FirstOrDefault(number => !used.Contains(number), -1);
    }
}

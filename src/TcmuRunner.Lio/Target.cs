// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>A target: a SCSI device with a name in a fabric.</summary>
public sealed class Target : LioObject
{
    /// <summary>Makes a target or attaches to it; loads the fabric where needed.</summary>
    /// <param name="fabric">Its fabric.</param>
    /// <param name="wwn">Its name; null for a new one in LIO's form, where the fabric allows that.</param>
    /// <param name="mode">What to do when it exists.</param>
    /// <exception cref="LioException">
    /// <see cref="LioErrorKind.Invalid"/>: the fabric takes no such name, or needs one of the machine's adapters.
    /// </exception>
    public Target(FabricModule fabric, string? wwn = null, ObjectMode mode = ObjectMode.Any)
        : this(NameFor(fabric, wwn, mode), fabric)
    {
        if (mode != ObjectMode.Attach)
        {
            fabric.Load();
        }

        Make(mode, $"The target {Wwn} of {fabric}");
    }

    private Target(string wwn, FabricModule fabric)
        : base(fabric.Root, $"{fabric.Path}/{fabric.ToKernel(wwn)}") => (FabricModule, Wwn) = (fabric, wwn);

    /// <summary>The fabric that it is in.</summary>
    public FabricModule FabricModule { get; }

    /// <summary>Its name, as people write it.</summary>
    public string Wwn { get; }

    /// <summary>Its portal groups, by tag.</summary>
    public IEnumerable<Tpg> Tpgs =>
        from name in Files.List(Path)
        where name.StartsWith(Tpg.Prefix, StringComparison.Ordinal)
        let tag = int.TryParse(name[Tpg.Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1
        where tag >= 0
        orderby tag
        select Tpg.Existing(this, tag);

    /// <inheritdoc/>
    public override void Delete()
    {
        foreach (Tpg tpg in Tpgs)
        {
            tpg.Delete();
        }

        Remove();
    }

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = DumpSettings();
        dump["wwn"] = Wwn;
        dump["fabric"] = FabricModule.Name;
        dump["tpgs"] = new JsonArray([.. Tpgs.Select(tpg => tpg.Dump())]);
        return dump;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{FabricModule.Name}/{Wwn}";

    /// <summary>What the kernel has, whatever its name.</summary>
    internal static Target Existing(FabricModule fabric, string kernelName) => new(fabric.FromKernel(kernelName), fabric);

    private static string NameFor(FabricModule fabric, string? wwn, ObjectMode mode)
    {
        IReadOnlyList<string> hardware = fabric.HardwareNames;
        if (wwn is null)
        {
            return fabric.GeneratesNames
                ? WorldWideName.Generate(fabric.NameKinds[0])
                : throw new LioException(LioErrorKind.Invalid, $"A target of {fabric} takes the name of one of the machine's ports; give it. {Describe(hardware)}");
        }

        string name = fabric.Normalize(wwn).Name;
        return fabric.GeneratesNames || mode == ObjectMode.Attach || hardware.Contains(name)
            ? name
            : throw new LioException(LioErrorKind.Invalid, $"{name} is not a port of this machine that {fabric} can use. {Describe(hardware)}");
    }

    private static string Describe(IReadOnlyList<string> hardware) =>
        hardware.Count == 0 ? "This machine has none." : $"There are {string.Join(", ", hardware)}.";
}

// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>Target ports that have one asymmetric access state for a storage object (SPC-5 5.15).</summary>
public sealed class AluaTargetPortGroup : LioObject
{
    /// <summary>The group that the kernel makes, and that LUNs are in until they are put into another.</summary>
    public const string DefaultName = "default_tg_pt_gp";

    private const int MaximumId = 65535;

    // What saved files keep, in the order in which it is restored: the states that may be before the state that is.
    private static readonly string[] s_saved =
    [
        "alua_support_active_optimized", "alua_support_active_nonoptimized", "alua_support_standby", "alua_support_unavailable",
        "alua_support_offline", "alua_support_transitioning", "alua_access_type", "alua_write_metadata", "nonop_delay_msecs",
        "trans_delay_msecs", "implicit_trans_secs", "preferred", "alua_access_state", "alua_access_status",
    ];

    private static readonly string[] s_types = ["None", "Implicit", "Explicit", "Implicit and Explicit"];
    private static readonly string[] s_statuses = ["None", "Altered by Explicit STPG", "Altered by Implicit ALUA"];

    /// <summary>Makes a group.</summary>
    /// <param name="storage">The storage object that it is about.</param>
    /// <param name="name">Its name.</param>
    /// <param name="id">TARGET PORT GROUP, 1 to 65,535, which only it has.</param>
    /// <exception cref="LioException">
    /// <see cref="LioErrorKind.NotSupported"/>: the storage object leaves ALUA to the device; <see cref="LioErrorKind.AlreadyExists"/>.
    /// </exception>
    public AluaTargetPortGroup(StorageObject storage, string name, int id)
        : this(Check(storage, name), storage)
    {
        if (id is < 1 or > MaximumId)
        {
            throw new LioException(LioErrorKind.Invalid, $"The number of a target port group is 1 to {MaximumId}, not {id}.");
        }

        Make(ObjectMode.Create, $"The target port group {name} of {storage}");
        try
        {
            WriteFile("tg_pt_gp_id", id.ToString(CultureInfo.InvariantCulture));
        }
        catch (LioException)
        {
            Remove();
            throw;
        }
    }

    /// <summary>Attaches to a group.</summary>
    /// <param name="storage">The storage object that it is about.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: there is none.</exception>
    public AluaTargetPortGroup(StorageObject storage, string name)
        : this(Check(storage, name), storage) => Make(ObjectMode.Attach, $"The target port group {name} of {storage}");

    private AluaTargetPortGroup(string name, StorageObject storage)
        : base(storage.Root, $"{storage.Path}/alua/{name}") => (StorageObject, Name) = (storage, name);

    /// <summary>The storage object that it is about.</summary>
    public StorageObject StorageObject { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>True for the group that the kernel made, which cannot be deleted.</summary>
    public bool IsDefault => Name == DefaultName;

    /// <summary>TARGET PORT GROUP.</summary>
    public int Id => Number("tg_pt_gp_id");

    /// <summary>The access state of its ports.</summary>
    public AluaAccessState AccessState
    {
        get => (AluaAccessState)Number("alua_access_state");
        set => this["alua_access_state"] = (int)value;
    }

    /// <summary>PREF: initiators had better use this group.</summary>
    public bool IsPreferred
    {
        get => Number("preferred") == 1;
        set => this["preferred"] = value ? 1 : 0;
    }

    /// <summary>The LUNs in it, as the kernel writes them: fabric, target, portal group and LUN with slashes between.</summary>
    public IReadOnlyList<string> Members => ReadFile("members").Split(['\n', '\0'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>A setting of the group as a number, by the kernel's name; words that the kernel writes count from 0.</summary>
    /// <param name="name">As in <c>nonop_delay_msecs</c>.</param>
    public int this[string name]
    {
        get => name switch
        {
            "alua_access_type" => Array.IndexOf(s_types, ReadFile(name)),
            "alua_access_status" => Array.IndexOf(s_statuses, ReadFile(name)),
            _ => Number(name),
        };
        set => WriteFile(name, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Deletes the group; its LUNs fall back to the kernel's own group.</summary>
    public override void Delete()
    {
        if (IsDefault)
        {
            throw new LioException(LioErrorKind.NotSupported, $"{this} is the kernel's own group and stays as long as {StorageObject}.") { Path = Path };
        }

        Remove();
    }

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        var dump = new JsonObject { ["name"] = Name, ["tg_pt_gp_id"] = Id };
        foreach (string name in s_saved)
        {
            dump[name] = this[name];
        }

        return dump;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{StorageObject}/{Name}";

    internal static IReadOnlyList<string> SavedSettings => s_saved;

    internal static AluaTargetPortGroup Existing(StorageObject storage, string name) => new(name, storage);

    private static string Check(StorageObject storage, string name) =>
        !storage.SupportsAlua ? throw new LioException(LioErrorKind.NotSupported, $"{storage} leaves ALUA to the device.") { Path = storage.Path }
        : name.Length == 0 || name is "." or ".." || name.Any(character => character == '/' || char.IsWhiteSpace(character) || char.IsControl(character))
            ? throw new LioException(LioErrorKind.Invalid, $"'{name}' cannot be the name of a target port group.")
            : name;

    private int Number(string file) => int.TryParse(ReadFile(file), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}

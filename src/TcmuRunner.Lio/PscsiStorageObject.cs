// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>A SCSI device of the machine, to which commands are passed as they are.</summary>
public sealed class PscsiStorageObject : StorageObject
{
    internal const string PluginName = "pscsi";

    private static readonly string[] s_addressKeys = ["scsi_host_id", "scsi_channel_id", "scsi_target_id", "scsi_lun_id"];

    /// <summary>Passes a device through, which nothing else may use.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <param name="device">The full path of a SCSI block device, or host, channel, target and LUN as in <c>2:0:0:1</c>.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.Invalid"/>: not a SCSI device.</exception>
    public PscsiStorageObject(Root root, string name, string device)
        : this(root, name, device, null)
    {
    }

    /// <summary>Attaches to a device.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: there is none.</exception>
    public PscsiStorageObject(Root root, string name)
        : this(Locate(root, PluginName, name), root)
    {
    }

    internal PscsiStorageObject(Root root, string name, string device, StorageIndex? index)
        : this(root, name, Resolve(root, device), index)
    {
    }

    private PscsiStorageObject(Root root, string name, (string Path, int[] Address) device, StorageIndex? index)
        : this(Create(root, PluginName, name, index), root) => Configure(
        () =>
        {
            Control(string.Join(',', s_addressKeys.Zip(device.Address, (key, number) => $"{key}={number.ToString(CultureInfo.InvariantCulture)}")));
            WriteFile("udev_path", device.Path);
        },
        wwn: null);

    private PscsiStorageObject(string path, Root root)
        : base(root, path, PluginName)
    {
    }

    /// <summary>The device's own serial number, which cannot be set.</summary>
    public override string Wwn
    {
        get => base.Wwn;
        set => throw new LioException(LioErrorKind.NotSupported, $"{this}: the device has a serial number of its own.");
    }

    /// <summary>Who made the device.</summary>
    public string Vendor => Info.Between("Vendor:", "Model:");

    /// <summary>What it is called.</summary>
    public string Model => Info.Between("Model:", "Rev:");

    /// <summary>Its revision.</summary>
    public string Revision => Info.Word("Rev");

    /// <inheritdoc/>
    public override bool SupportsAlua => Attributes.Contains("alua_support") && Attributes["alua_support"] == "1";

    private protected override bool TakesWwn => false;

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = base.Dump();
        dump["dev"] = DevicePath;
        return dump;
    }

    internal static PscsiStorageObject Existing(Root root, string path) => new(path, root);

    private static (string Path, int[] Address) Resolve(Root root, string device)
    {
        if (BlockDevice.Find(device, root.SysPath) is { ScsiAddress: { } address })
        {
            return (device, Parse(address)!);
        }

        if (Parse(device) is { } given)
        {
            // A tape or changer has no block device; the address is all that the kernel needs.
            string directory = $"{root.SysPath}/class/scsi_device/{device}/device/block";
            string? name = Directory.Exists(directory) ? System.IO.Path.GetFileName(Directory.EnumerateDirectories(directory).FirstOrDefault()) : null;
            return (name is null ? device : "/dev/" + name, given);
        }

        throw new LioException(LioErrorKind.Invalid, $"{device} is not a SCSI device; give a path such as /dev/sdb, or an address such as 2:0:0:1.") { Path = device };
    }

    private static int[]? Parse(string address)
    {
        string[] parts = address.Split(':');
        int[] numbers = new int[parts.Length];
        return parts.Length == 4 && parts.Select((part, index) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out numbers[index])).All(ok => ok)
            ? numbers
            : null;
    }
}

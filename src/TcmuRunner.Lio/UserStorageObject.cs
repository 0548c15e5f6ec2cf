// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>A disk that a handler in user space serves through TCMU: what tcmu-runner is for.</summary>
public sealed class UserStorageObject : StorageObject
{
    internal const string PluginName = "user";

    // TCMU_CONFIG_LEN less the final zero: the kernel cuts what is longer without a word.
    private const int MaximumConfigurationBytes = 255;

    /// <summary>Makes a disk. The daemon that serves its handler has to run; it may refuse the configuration.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <param name="configuration">The handler's subtype, a slash, and what the handler takes, as in <c>file//srv/disk1.img</c>.</param>
    /// <param name="sizeBytes">The size in bytes, a multiple of the block size.</param>
    /// <param name="wwn">The unit serial number; null for a new one.</param>
    /// <param name="hwMaxSectors">The longest command, in blocks; null for the kernel's default.</param>
    /// <param name="control">Further settings for the kernel, as in <c>max_data_area_mb=64,hw_block_size=4096</c>; null for none.</param>
    /// <exception cref="LioException">
    /// <see cref="LioErrorKind.Invalid"/>: a configuration that cannot be; <see cref="LioErrorKind.AlreadyExists"/>;
    /// <see cref="LioErrorKind.Refused"/>: the kernel or the daemon refuses it, and the daemon's log has the reason.
    /// </exception>
    public UserStorageObject(
        Root root, string name, string configuration, long sizeBytes, string? wwn = null, int? hwMaxSectors = null, string? control = null)
        : this(root, name, configuration, sizeBytes, wwn, hwMaxSectors, control, null)
    {
    }

    /// <summary>Attaches to a disk.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: there is none.</exception>
    public UserStorageObject(Root root, string name)
        : this(Locate(root, PluginName, name), root)
    {
    }

    internal UserStorageObject(
        Root root, string name, string configuration, long sizeBytes, string? wwn, int? hwMaxSectors, string? control, StorageIndex? index)
        : this(Create(root, PluginName, Check(name, configuration, sizeBytes), index), root) => Configure(
        () =>
        {
            Control("dev_config=" + configuration);
            Control("dev_size=" + sizeBytes.ToString(CultureInfo.InvariantCulture));
            if (hwMaxSectors is { } sectors)
            {
                Control("hw_max_sectors=" + sectors.ToString(CultureInfo.InvariantCulture));
            }

            if (!string.IsNullOrEmpty(control))
            {
                Control(control);
            }
        },
        wwn);

    private UserStorageObject(string path, Root root)
        : base(root, path, PluginName)
    {
    }

    /// <summary>The handler's subtype and what it takes. Setting it asks the handler to change to it, under load.</summary>
    public string Configuration
    {
        get => Attributes.Contains("dev_config") ? Attributes["dev_config"] : Info.Word("Config");
        set => Attributes["dev_config"] = value;
    }

    /// <summary>The size in bytes. Setting it asks the handler to resize, under load.</summary>
    public long SizeBytes
    {
        get => Attributes.Contains("dev_size") ? Attributes.GetNumber("dev_size") : Info.Number("Size") ?? 0;
        set => Attributes["dev_size"] = value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The longest command in blocks.</summary>
    public int HwMaxSectors => (int)(Info.Number("HwMaxSectors") ?? 0);

    /// <summary>The kernel's settings of the disk that differ from disk to disk, in the form that the constructor takes.</summary>
    public string ControlSettings
    {
        get
        {
            var settings = new List<string>();
            if (Info.Number("MaxDataAreaMB") is { } area)
            {
                settings.Add($"max_data_area_mb={area.ToString(CultureInfo.InvariantCulture)}");
            }

            settings.Add("hw_block_size=" + Attributes["hw_block_size"]);
            if (Info.Number("DataPagesPerBlk") is { } pages)
            {
                settings.Add($"data_pages_per_blk={pages.ToString(CultureInfo.InvariantCulture)}");
            }

            return string.Join(',', settings);
        }
    }

    /// <inheritdoc/>
    public override bool SupportsAlua => Attributes.Contains("alua_support") && Attributes["alua_support"] == "1";

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = base.Dump();
        dump["wwn"] = Wwn;
        dump["size"] = SizeBytes;
        dump["config"] = Configuration;
        dump["hw_max_sectors"] = HwMaxSectors;
        dump["control"] = ControlSettings;
        return dump;
    }

    internal static UserStorageObject Existing(Root root, string path) => new(path, root);

    private static string Check(string name, string configuration, long sizeBytes)
    {
        int slash = configuration.IndexOf('/', StringComparison.Ordinal);
        string? problem = slash <= 0 ? "it begins with the handler's subtype and a slash, as in file//srv/disk1.img"
            : configuration.AsSpan().ContainsAny(',', '\n', '\r') ? "the kernel takes neither ',' nor line ends"
            : Encoding.UTF8.GetByteCount(configuration) > MaximumConfigurationBytes ? $"the kernel takes at most {MaximumConfigurationBytes} bytes"
            : null;
        return problem is not null ? throw new LioException(LioErrorKind.Invalid, $"'{configuration}' cannot be the configuration of user/{name}: {problem}.")
            : sizeBytes <= 0 ? throw new LioException(LioErrorKind.Invalid, $"The size of user/{name} is a number of bytes above 0, not {sizeBytes}.")
            : name;
    }
}

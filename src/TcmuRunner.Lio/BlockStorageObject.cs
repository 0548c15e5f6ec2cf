// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>A disk of the machine, passed on block by block.</summary>
public sealed class BlockStorageObject : StorageObject
{
    internal const string PluginName = "block";

    /// <summary>Makes a disk of a block device, which nothing else may use.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <param name="devicePath">The full path of a disk, partition or volume.</param>
    /// <param name="wwn">The unit serial number; null for a new one.</param>
    /// <param name="isReadOnly">True: the disk cannot be written.</param>
    /// <exception cref="LioException">
    /// <see cref="LioErrorKind.Invalid"/>: not a disk; <see cref="LioErrorKind.Refused"/>: the kernel cannot have it, as when it is mounted.
    /// </exception>
    public BlockStorageObject(Root root, string name, string devicePath, string? wwn = null, bool isReadOnly = false)
        : this(root, name, devicePath, wwn, isReadOnly, null)
    {
    }

    /// <summary>Attaches to a disk.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: there is none.</exception>
    public BlockStorageObject(Root root, string name)
        : this(Locate(root, PluginName, name), root)
    {
    }

    internal BlockStorageObject(Root root, string name, string devicePath, string? wwn, bool isReadOnly, StorageIndex? index)
        : this(Create(root, PluginName, Check(root, name, devicePath), index), root) => Configure(
        () =>
        {
            WriteFile("udev_path", devicePath);
            Control("udev_path=" + devicePath);
            Control("readonly=" + (isReadOnly ? "1" : "0"));
        },
        wwn);

    private BlockStorageObject(string path, Root root)
        : base(root, path, PluginName)
    {
    }

    /// <summary>The size in bytes; 0 when the device has gone.</summary>
    public long SizeBytes => BlockDevice.Find(DevicePath, Root.SysPath)?.SizeBytes ?? 0;

    /// <summary>Whether the disk has a volatile write cache, as it tells initiators.</summary>
    public bool WriteBack => Attributes["emulate_write_cache"] == "1";

    /// <summary>Whether it cannot be written.</summary>
    public bool IsReadOnly => Info.Number("readonly") == 1;

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = base.Dump();
        dump["write_back"] = WriteBack;
        dump["readonly"] = IsReadOnly;
        dump["wwn"] = Wwn;
        dump["dev"] = DevicePath;
        return dump;
    }

    internal static BlockStorageObject Existing(Root root, string path) => new(path, root);

    private static string Check(Root root, string name, string path)
    {
        DevicePaths.Check(path);
        return BlockDevice.Find(path, root.SysPath) switch
        {
            null => throw new LioException(LioErrorKind.Invalid, $"{path} is not a block device; for a file use fileio.") { Path = path },
            { ScsiType: not 0 } => throw new LioException(LioErrorKind.Invalid, $"{path} is not a disk; for other devices use pscsi.") { Path = path },
            _ => name,
        };
    }
}

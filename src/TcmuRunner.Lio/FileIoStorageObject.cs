// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>A disk that the kernel keeps in a file, through its page cache.</summary>
public sealed class FileIoStorageObject : StorageObject
{
    internal const string PluginName = "fileio";

    /// <summary>Makes a disk, and the file when there is none.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <param name="devicePath">The full path of a regular file, which is made with the size when it is missing, or of a block device.</param>
    /// <param name="sizeBytes">The size in bytes; null for that of the file or device that exists.</param>
    /// <param name="wwn">The unit serial number; null for a new one.</param>
    /// <param name="writeBack">True: writes are on stable storage after a flush only, and the disk says so.</param>
    /// <param name="asynchronous">True: the kernel uses asynchronous I/O.</param>
    /// <exception cref="LioException">
    /// <see cref="LioErrorKind.Invalid"/>: neither a file nor a disk, or no size; <see cref="LioErrorKind.AlreadyExists"/>.
    /// </exception>
    public FileIoStorageObject(
        Root root, string name, string devicePath, long? sizeBytes = null, string? wwn = null, bool writeBack = false, bool asynchronous = false)
        : this(root, name, devicePath, sizeBytes, wwn, writeBack, asynchronous, null)
    {
    }

    /// <summary>Attaches to a disk.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: there is none.</exception>
    public FileIoStorageObject(Root root, string name)
        : this(Locate(root, PluginName, name), root)
    {
    }

    internal FileIoStorageObject(
        Root root, string name, string devicePath, long? sizeBytes, string? wwn, bool writeBack, bool asynchronous, StorageIndex? index)
        : this(Create(root, PluginName, Check(root, name, devicePath, ref sizeBytes), index), root) => Configure(
        () =>
        {
            Control(sizeBytes is { } size
                ? $"fd_dev_name={devicePath},fd_dev_size={size.ToString(CultureInfo.InvariantCulture)}"
                : $"fd_dev_name={devicePath}");
            if (writeBack)
            {
                Attributes["emulate_write_cache"] = "1";
                Control("fd_buffered_io=1");
            }

            if (asynchronous)
            {
                Control("fd_async_io=1");
            }

            WriteFile("udev_path", devicePath);
        },
        wwn);

    private FileIoStorageObject(string path, Root root)
        : base(root, path, PluginName)
    {
    }

    /// <summary>The size in bytes.</summary>
    public long SizeBytes => BlockDevice.Find(DevicePath, Root.SysPath)?.SizeBytes ?? Info.Number("Size") ?? 0;

    /// <summary>Whether the disk has a volatile write cache, as it tells initiators.</summary>
    public bool WriteBack => Attributes["emulate_write_cache"] == "1";

    /// <summary>Whether the kernel uses asynchronous I/O.</summary>
    public bool IsAsynchronous => Info.Number("Async") == 1;

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = base.Dump();
        dump["write_back"] = WriteBack;
        dump["wwn"] = Wwn;
        dump["dev"] = DevicePath;
        dump["size"] = SizeBytes;
        dump["aio"] = IsAsynchronous;
        return dump;
    }

    internal static FileIoStorageObject Existing(Root root, string path) => new(path, root);

    // The size is null afterwards for a block device, which has its own.
    private static string Check(Root root, string name, string path, ref long? sizeBytes)
    {
        DevicePaths.Check(path);
        if (BlockDevice.Find(path, root.SysPath) is not null)
        {
            sizeBytes = null;
            return name;
        }

        if (Directory.Exists(path))
        {
            throw new LioException(LioErrorKind.Invalid, $"{path} is a directory, neither a file nor a disk.") { Path = path };
        }

        if (File.Exists(path))
        {
            sizeBytes ??= new FileInfo(path).Length;
        }

        return sizeBytes > 0
            ? name
            : throw new LioException(LioErrorKind.Invalid, $"{path} does not exist or is empty: give the size that the disk shall have.") { Path = path };
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace TcmuRunner.Lio;

/// <summary>A disk in the kernel's memory, gone when it is deleted; or one that keeps nothing at all, to measure with.</summary>
public sealed class RamDiskStorageObject : StorageObject
{
    internal const string PluginName = "ramdisk";

    /// <summary>Makes a disk.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <param name="sizeBytes">The size in bytes, which is rounded to whole pages, at least one.</param>
    /// <param name="wwn">The unit serial number; null for a new one.</param>
    /// <param name="keepsNothing">True: no memory is taken, writes vanish and reads give whatever.</param>
    public RamDiskStorageObject(Root root, string name, long sizeBytes, string? wwn = null, bool keepsNothing = false)
        : this(root, name, sizeBytes, wwn, keepsNothing, null)
    {
    }

    /// <summary>Attaches to a disk.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="LioException"><see cref="LioErrorKind.NotFound"/>: there is none.</exception>
    public RamDiskStorageObject(Root root, string name)
        : this(Locate(root, PluginName, name), root)
    {
    }

    internal RamDiskStorageObject(Root root, string name, long sizeBytes, string? wwn, bool keepsNothing, StorageIndex? index)
        : this(Create(root, PluginName, Check(name, sizeBytes), index), root) => Configure(
        () =>
        {
            long pages = Math.Max(1, (sizeBytes + (Environment.SystemPageSize / 2)) / Environment.SystemPageSize);
            Control("rd_pages=" + pages.ToString(CultureInfo.InvariantCulture));
            if (keepsNothing)
            {
                Control("rd_nullio=1");
            }
        },
        wwn);

    private RamDiskStorageObject(string path, Root root)
        : base(root, path, PluginName)
    {
    }

    /// <summary>The size in bytes.</summary>
    public long SizeBytes
    {
        get
        {
            // PAGES/PAGE_SIZE: 256*4096
            string[] factors = Info.Word("PAGES/PAGE_SIZE").Split('*');
            return factors.Length == 2 && long.TryParse(factors[0], NumberStyles.None, CultureInfo.InvariantCulture, out long pages) &&
                long.TryParse(factors[1], NumberStyles.None, CultureInfo.InvariantCulture, out long pageBytes)
                ? pages * pageBytes
                : 0;
        }
    }

    /// <summary>Whether it keeps nothing.</summary>
    public bool KeepsNothing => Info.Number("nullio") == 1;

    /// <inheritdoc/>
    public override JsonObject Dump()
    {
        JsonObject dump = base.Dump();
        dump["wwn"] = Wwn;
        dump["size"] = SizeBytes;
        if (KeepsNothing)
        {
            dump["nullio"] = true;
        }

        return dump;
    }

    internal static RamDiskStorageObject Existing(Root root, string path) => new(path, root);

    private static string Check(string name, long sizeBytes) => sizeBytes > 0
        ? name
        : throw new LioException(LioErrorKind.Invalid, $"The size of ramdisk/{name} is a number of bytes above 0, not {sizeBytes}.");
}

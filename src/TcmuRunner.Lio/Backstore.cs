// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.Lio.ConfigFs;

namespace TcmuRunner.Lio;

/// <summary>The directory <c>core/PLUGIN_N</c> that holds one storage object, as all of LIO's tools have it; the kernel calls it an HBA.</summary>
internal sealed class Backstore
{
    private readonly IConfigFs _files;

    private Backstore(IConfigFs files, string path, string prefix, int index) => (_files, Path, Prefix, Index) = (files, path, prefix, index);

    internal string Path { get; }

    /// <summary>The kernel's name of the plugin, as in <c>rd_mcp</c>.</summary>
    internal string Prefix { get; }

    internal int Index { get; }

    /// <summary>Paths of the storage objects in it.</summary>
    internal IEnumerable<string> Objects => _files.List(Path).Select(name => $"{Path}/{name}").Where(_files.IsDirectory);

    internal static IEnumerable<Backstore> All(Root root) =>
        from name in root.Files.List(root.Path + "/core")
        let store = Parse(root, $"{root.Path}/core/{name}")
        where store is not null
        orderby store.Index
        select store;

    internal static Backstore? Parse(Root root, string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        int separator = name.LastIndexOf('_');
        return separator > 0 && int.TryParse(name[(separator + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? new Backstore(root.Files, path, name[..separator], index)
            : null;
    }

    /// <summary>Makes a directory with the lowest index that no plugin uses; what the kernel says settles who was first.</summary>
    internal static Backstore Create(Root root, string prefix, IReadOnlySet<int> used)
    {
        for (int index = 0; ; index++)
        {
            if (used.Contains(index))
            {
                continue;
            }

            string path = $"{root.Path}/core/{prefix}_{index.ToString(CultureInfo.InvariantCulture)}";
            try
            {
                root.Files.MakeDirectory(path);
                return new Backstore(root.Files, path, prefix, index);
            }
            catch (LioException exception) when (exception.Kind == LioErrorKind.AlreadyExists)
            {
                continue;
            }
        }
    }

    internal void Remove() => _files.RemoveDirectory(Path);
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>What storage objects there are, read once while many are made, so that making a thousand takes a thousand steps.</summary>
internal sealed class StorageIndex
{
    private readonly HashSet<int> _used = [];
    private readonly Dictionary<(string Plugin, string Name), string> _paths = [];

    internal StorageIndex(Root root)
    {
        foreach (Backstore store in Backstore.All(root))
        {
            string plugin = StoragePlugin.WithPrefix(store.Prefix)?.Name ?? store.Prefix;
            _used.Add(store.Index);
            foreach (string path in store.Objects)
            {
                _paths[(plugin, path[(path.LastIndexOf('/') + 1)..])] = path;
            }
        }
    }

    internal IReadOnlySet<int> Used => _used;

    /// <summary>The directory of an object; null when there is none.</summary>
    internal string? PathOf(string plugin, string name) => _paths.GetValueOrDefault((plugin, name));

    internal void Add(string plugin, string name, string path, int index)
    {
        _used.Add(index);
        _paths[(plugin, name)] = path;
    }
}

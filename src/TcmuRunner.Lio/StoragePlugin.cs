// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>The kinds of storage objects.</summary>
/// <param name="Name">The name that people and saved files use.</param>
/// <param name="Prefix">The kernel's name.</param>
/// <param name="Attach">Makes the object for a directory that exists.</param>
internal sealed record StoragePlugin(string Name, string Prefix, Func<Root, string, StorageObject> Attach)
{
    internal static IReadOnlyList<StoragePlugin> All { get; } =
    [
        new(FileIoStorageObject.PluginName, "fileio", FileIoStorageObject.Existing),
        new(BlockStorageObject.PluginName, "iblock", BlockStorageObject.Existing),
        new(RamDiskStorageObject.PluginName, "rd_mcp", RamDiskStorageObject.Existing),
        new(PscsiStorageObject.PluginName, "pscsi", PscsiStorageObject.Existing),
        new(UserStorageObject.PluginName, "user", UserStorageObject.Existing),
    ];

    /// <summary>By the kernel's name; null for what this library does not know.</summary>
    internal static StoragePlugin? WithPrefix(string prefix) => All.FirstOrDefault(plugin => plugin.Prefix == prefix);

    /// <summary>By people's name; old saved files have the kernel's.</summary>
    internal static StoragePlugin? Find(string name) => All.FirstOrDefault(plugin => plugin.Name == name || plugin.Prefix == name);

    internal static StoragePlugin Named(string name) => Find(name) ??
        throw new LioException(LioErrorKind.NotFound, $"There is no kind of storage object '{name}'; there are {string.Join(", ", All.Select(plugin => plugin.Name))}.");
}

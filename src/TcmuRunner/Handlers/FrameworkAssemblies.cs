// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace TcmuRunner.Handlers;

/// <summary>The assemblies of .NET itself, as opposed to the daemon's own and the packages it was built with. Thread safe.</summary>
internal static class FrameworkAssemblies
{
    private static readonly string s_trusted = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "";
    private static readonly HashSet<string>? s_bundled = IsSelfContained ? ReadBundled(File.ReadAllBytes(DependencyManifest)) : null;

    private static bool IsSelfContained => $"{Path.GetDirectoryName(typeof(object).Assembly.Location)}/" == AppContext.BaseDirectory;

    // The program's own manifest comes first.
    private static string DependencyManifest => ((string)AppContext.GetData("APP_CONTEXT_DEPS_FILES")!).Split(';')[0];

    /// <summary>Whether .NET has an assembly of a name.</summary>
    /// <param name="name">The simple name.</param>
    internal static bool Contains(string name) => s_bundled?.Contains(name) ?? IsInSharedFramework(name);

    /// <summary>The names of the framework's assemblies that a self-contained program brings along: those of its runtime packs.</summary>
    /// <param name="manifest">The program's <c>.deps.json</c>.</param>
    internal static HashSet<string> ReadBundled(ReadOnlyMemory<byte> manifest)
    {
        using var document = JsonDocument.Parse(manifest);
        JsonElement root = document.RootElement;
        string target = root.GetProperty("runtimeTarget").GetProperty("name").GetString()!;
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (JsonProperty library in root.GetProperty("targets").GetProperty(target).EnumerateObject())
        {
            if (library.Name.StartsWith("runtimepack.", StringComparison.Ordinal) && library.Value.TryGetProperty("runtime", out JsonElement files))
            {
                names.UnionWith(files.EnumerateObject().Select(file => Path.GetFileNameWithoutExtension(file.Name)));
            }
        }

        return names;
    }

    // The list of the runtime holds the daemon's own files too: those are nobody else's.
    private static bool IsInSharedFramework(string name)
    {
        int end = s_trusted.IndexOf($"/{name}.dll", StringComparison.OrdinalIgnoreCase);
        if (end < 0)
        {
            return false;
        }

        int start = s_trusted.LastIndexOf(Path.PathSeparator, end) + 1;
        return !s_trusted.AsSpan(start, end - start + 1).SequenceEqual(AppContext.BaseDirectory);
    }
}

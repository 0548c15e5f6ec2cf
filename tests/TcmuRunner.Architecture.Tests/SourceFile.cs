// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit;

namespace TcmuRunner.Architecture.Tests;

/// <summary>A file of the repository.</summary>
/// <param name="Path">Its path from the root, with <c>/</c>.</param>
internal sealed record SourceFile(string Path)
{
    private static readonly string[] s_generated = ["bin", "obj", "artifacts", "TestResults"];

    /// <summary>The file's text.</summary>
    public string Text => File.ReadAllText(Repository.PathOf(Path));

    /// <summary>All files that people wrote below the folders, by extension.</summary>
    public static IReadOnlyList<SourceFile> Find(string extension, params string[] folders) =>
    [
        .. folders.Select(Repository.PathOf)
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*" + extension, SearchOption.AllDirectories))
            .Select(path => System.IO.Path.GetRelativePath(Repository.Root, path))
            .Where(path => !path.Split('/').Intersect(s_generated).Any())
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path)),
    ];
}

// SPDX-License-Identifier: Apache-2.0
using System.Xml.Linq;

namespace TcmuRunner.Architecture.Tests;

/// <summary>What a project file says of the projects that it uses.</summary>
internal sealed record ProjectFile(SourceFile File)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(File.Path);

    /// <summary>The names of the projects it references itself.</summary>
    public IReadOnlyList<string> References =>
    [
        .. XDocument.Parse(File.Text).Descendants("ProjectReference")
            .Select(reference => System.IO.Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))),
    ];

    public static IReadOnlyList<ProjectFile> In(string folder) => [.. SourceFile.Find(".csproj", folder).Select(file => new ProjectFile(file))];
}

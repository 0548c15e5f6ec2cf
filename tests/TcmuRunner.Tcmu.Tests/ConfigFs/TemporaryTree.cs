// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Tests.ConfigFs;

/// <summary>A directory with files in it that goes away with the test.</summary>
internal sealed class TemporaryTree : IDisposable
{
    internal string Root { get; } = Directory.CreateTempSubdirectory("tcmu-configfs-").FullName;

    internal TcmuPaths Paths => new()
    {
        ConfigFsTarget = Path.Combine(Root, "target"),
        SysClassUio = Path.Combine(Root, "uio"),
        Dev = Path.Combine(Root, "dev"),
        Module = Path.Combine(Root, "module"),
    };

    internal void Write(string path, string text)
    {
        string whole = PathOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(whole)!);
        File.WriteAllText(whole, text);
    }

    internal string Read(string path) => File.ReadAllText(PathOf(path));

    internal string PathOf(string path) => Path.Combine(Root, path);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

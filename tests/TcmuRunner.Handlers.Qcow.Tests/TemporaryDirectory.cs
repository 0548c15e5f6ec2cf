// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>A directory of its own for one test, gone at the end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("tcmu-qcow-").FullName;

    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>Deletes what is in it.</summary>
    public void Empty()
    {
        foreach (string path in Directory.EnumerateFiles(Root))
        {
            File.Delete(path);
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

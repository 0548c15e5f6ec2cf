// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>A directory of its own for one test, gone at the end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("tcmu-zbc-").FullName;

    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>Copies a file as it is in the page cache, although a device holds the lock on it: what a daemon that is killed now would leave.</summary>
    public static void Snapshot(string from, string to)
    {
        using Process copy = Process.Start("cp", ["--sparse=always", from, to]);
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}

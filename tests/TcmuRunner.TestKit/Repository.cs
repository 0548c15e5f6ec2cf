// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.TestKit;

/// <summary>Finds files of the working tree, for tests that check the sources themselves.</summary>
public static class Repository
{
    /// <summary>The directory of <c>TcmuRunner.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The absolute path of a file of the repository.</summary>
    /// <param name="path">Its path from the root.</param>
    public static string PathOf(string path) => Path.Combine(Root, path);

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "TcmuRunner.sln")))
            {
                return directory.FullName;
            }
        }

        throw new DirectoryNotFoundException($"There is no TcmuRunner.sln above '{AppContext.BaseDirectory}'.");
    }
}

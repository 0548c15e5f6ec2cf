// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl.Images;

/// <summary>Who has a file open: what lsof would say.</summary>
internal static class FileUsers
{
    /// <summary>The processes that have the file open, as far as they may be seen.</summary>
    /// <param name="path">The file.</param>
    /// <param name="processes">procfs.</param>
    /// <returns>Each with its name and number, as in <c>qemu-nbd (pid 71)</c>.</returns>
    internal static IReadOnlyList<string> Find(string path, string processes = "/proc")
    {
        string real = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        return
        [
            .. Directory.EnumerateDirectories(processes)
                .Where(directory => int.TryParse(Path.GetFileName(directory), out _) && HasOpen(directory, real))
                .Select(directory => $"{NameOf(directory)} (pid {Path.GetFileName(directory)})"),
        ];
    }

    // A process may end while it is looked at, and others' are not for everybody to see.
    private static bool HasOpen(string process, string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd")).Any(descriptor => new FileInfo(descriptor).LinkTarget == path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string NameOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "comm")).Trim();
        }
        catch (IOException)
        {
            return "a process";
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Targets;

/// <summary>The next text of the targets file, safe on the disk beside it until it takes its place.</summary>
internal sealed class TargetsDraft : IDisposable
{
    private readonly string _path;
    private readonly string _draft;

    private TargetsDraft(string path, string draft) => (_path, _draft) = (path, draft);

    /// <summary>
    /// Writes a text beside the file, readable for those who can read the file, but never for everybody: it may have secrets. For root only
    /// where there is no file yet.
    /// </summary>
    /// <param name="path">The file, or a symbolic link to it.</param>
    /// <param name="text">Its next text.</param>
    /// <exception cref="IOException">There is no room, or no such folder.</exception>
    internal static TargetsDraft Write(string path, string text)
    {
        // A link stays a link.
        bool exists = File.Exists(path);
        string place = (exists ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);
        const UnixFileMode everybody = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        UnixFileMode mode = exists ? File.GetUnixFileMode(place) & ~everybody : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        string draft = $"{place}.{Environment.ProcessId}.new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        var result = new TargetsDraft(place, draft);
        try
        {
            using var stream = new FileStream(draft, options);
            using var writer = new StreamWriter(stream);
            writer.Write(text);
            writer.Flush();
            stream.Flush(flushToDisk: true);
            File.SetUnixFileMode(draft, mode);
        }
        catch
        {
            result.Dispose();
            throw;
        }

        return result;
    }

    /// <summary>Takes the file's place, at one stroke.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    internal void Commit() => File.Move(_draft, _path, overwrite: true);

    /// <summary>Removes the draft unless it has taken its place.</summary>
    public void Dispose() => File.Delete(_draft);
}

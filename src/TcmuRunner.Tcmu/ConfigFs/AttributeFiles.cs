// SPDX-License-Identifier: Apache-2.0
using System.Text;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Tcmu.ConfigFs;

/// <summary>The real files.</summary>
/// <remarks>
/// System calls of our own, because the kernel takes each write(2) as a whole value and FileStream does not promise how many it makes.
/// </remarks>
internal sealed unsafe class AttributeFiles : IAttributeFiles
{
    private const int WriteOnly = 1; // O_WRONLY: files without a show function cannot be opened for reading as well

    // A value has at most one page.
    private static readonly int s_maximumLength = Math.Max(4096, Environment.SystemPageSize);

    public string Read(string path)
    {
        using FileDescriptor file = Open(path, Libc.O_RDONLY, "opened");
        byte* buffer = stackalloc byte[s_maximumLength];
        nint length;
        do
        {
            length = Libc.Read(file.Number, buffer, (nuint)s_maximumLength);
        }
        while (length < 0 && Libc.LastError == Errno.EINTR);

        return length < 0
            ? throw Failure(path, "read", Libc.LastError)
            : Encoding.UTF8.GetString(buffer, (int)length).TrimEnd('\n', '\0', ' ', '\t', '\r');
    }

    public void Write(string path, string value)
    {
        using FileDescriptor file = Open(path, WriteOnly, "opened for writing");
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        nint written;
        fixed (byte* start = bytes)
        {
            do
            {
                written = Libc.Write(file.Number, start, (nuint)bytes.Length);
            }
            while (written < 0 && Libc.LastError == Errno.EINTR);
        }

        if (written < 0)
        {
            throw Failure(path, $"set to '{value}'", Libc.LastError);
        }
    }

    public bool Exists(string path) => Path.Exists(path);

    public IReadOnlyList<string> List(string path)
    {
        try
        {
            string[] entries = [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry))];
            Array.Sort(entries, StringComparer.Ordinal);
            return entries;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new TcmuException(
                exception is UnauthorizedAccessException ? TcmuErrorKind.NotPermitted : TcmuErrorKind.AttributeFailed,
                $"The directory {path} cannot be read: {exception.Message}",
                exception)
            { Path = path };
        }
    }

    private static FileDescriptor Open(string path, int flags, string action)
    {
        FileDescriptor file = FileDescriptor.Open(path, flags, 0, out int errno);
        return file.IsInvalid ? throw Failure(path, action, errno) : file;
    }

    private static TcmuException Failure(string path, string action, int errno) =>
        new(KindOf(errno), $"{path} cannot be {action} ({ErrnoText.Describe(errno)}).") { Path = path, Errno = errno };

    private static TcmuErrorKind KindOf(int errno) => errno switch
    {
        Errno.ENOENT or Errno.ENODEV or Errno.ENXIO => TcmuErrorKind.NotFound,
        Errno.EPERM or Errno.EACCES => TcmuErrorKind.NotPermitted,
        _ => TcmuErrorKind.AttributeFailed,
    };
}

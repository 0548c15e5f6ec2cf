// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using TcmuRunner.Lio.Native;

namespace TcmuRunner.Lio.ConfigFs;

/// <summary>The kernel's tree.</summary>
/// <remarks>
/// System calls of our own for what changes it: a value is one write(2), and the errno is the only thing that the kernel says when it refuses.
/// </remarks>
internal sealed unsafe class KernelConfigFs : IConfigFs
{
    private const uint DirectoryMode = 0x1ED; // 0755

    // configfs hands out at most one page.
    private static readonly int s_maximumLength = Math.Max(4096, Environment.SystemPageSize);

    // Not Directory.Exists: a name is looked for in a thousand backstores, and normalizing the path costs more than asking the kernel.
    public bool IsDirectory(string path) => FileKind.IsDirectory(path);

    public bool IsFile(string path) => File.Exists(path);

    public IReadOnlyList<string> List(string path)
    {
        try
        {
            string[] names = Directory.GetFileSystemEntries(path);
            for (int index = 0; index < names.Length; index++)
            {
                names[index] = Path.GetFileName(names[index]);
            }

            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new LioException(LioErrorKind.NotPermitted, $"{path} cannot be listed: only root may. Run this as root.", exception) { Path = path };
        }
        catch (IOException exception)
        {
            throw new LioException(LioErrorKind.Refused, $"{path} cannot be listed: {exception.Message}", exception) { Path = path };
        }
    }

    public string? ReadLink(string path) =>
        new FileInfo(path).LinkTarget is { } target ? Path.GetFullPath(target, Path.GetDirectoryName(path)!) : null;

    public (bool Readable, bool Writable) Rights(string path)
    {
        int mode = FileKind.Mode(path) ?? throw Failure(path, "found", Errno.ENOENT);
        return ((mode & FileKind.OwnerRead) != 0, (mode & FileKind.OwnerWrite) != 0);
    }

    public string Read(string path)
    {
        using SafeFileHandle file = Open(path, Libc.O_RDONLY, "read");
        byte* buffer = stackalloc byte[s_maximumLength];
        nint length;
        do
        {
            length = Libc.Read(file, buffer, (nuint)s_maximumLength);
        }
        while (length < 0 && Libc.LastError == Errno.EINTR);

        return length < 0 ? throw Failure(path, "read", Libc.LastError) : Encoding.UTF8.GetString(buffer, (int)length).Trim().Trim('\0');
    }

    public void Write(string path, string value)
    {
        using SafeFileHandle file = Open(path, Libc.O_WRONLY, "written");
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        fixed (byte* start = bytes)
        {
            nint written;
            do
            {
                written = Libc.Write(file, start, (nuint)bytes.Length);
            }
            while (written < 0 && Libc.LastError == Errno.EINTR);

            if (written < 0)
            {
                throw Failure(path, $"set to '{value}'", Libc.LastError);
            }
        }
    }

    public void MakeDirectory(string path) => Check(Libc.MakeDirectory(path, DirectoryMode), path, "created");

    public void RemoveDirectory(string path) => Check(Libc.RemoveDirectory(path), path, "removed");

    public void Link(string target, string path) => Check(Libc.SymbolicLink(target, path), path, $"linked to {target}");

    public void Unlink(string path) => Check(Libc.Unlink(path), path, "unlinked");

    private static SafeFileHandle Open(string path, int flags, string action)
    {
        while (true)
        {
            SafeFileHandle file = Libc.Open(path, flags | Libc.O_CLOEXEC);
            int errno = Libc.LastError;
            if (!file.IsInvalid)
            {
                return file;
            }

            file.Dispose();
            if (errno != Errno.EINTR)
            {
                throw Failure(path, action, errno);
            }
        }
    }

    private static void Check(int result, string path, string action)
    {
        if (result < 0)
        {
            throw Failure(path, action, Libc.LastError);
        }
    }

    private static LioException Failure(string path, string action, int errno) =>
        new(KindOf(errno), $"{path} cannot be {action}: {Marshal.GetPInvokeErrorMessage(errno)}.{Remedy(errno)}") { Path = path, Errno = errno };

    private static LioErrorKind KindOf(int errno) => errno switch
    {
        Errno.EPERM or Errno.EACCES or Errno.EROFS => LioErrorKind.NotPermitted,
        Errno.ENOENT or Errno.ENOTDIR => LioErrorKind.NotFound,
        Errno.EEXIST or Errno.EADDRINUSE => LioErrorKind.AlreadyExists,
        Errno.EBUSY or Errno.ENOTEMPTY => LioErrorKind.InUse,
        Errno.EOPNOTSUPP => LioErrorKind.NotSupported,
        _ => LioErrorKind.Refused,
    };

    private static string Remedy(int errno) => errno is Errno.EPERM or Errno.EACCES ? " Only root may configure LIO: run this as root." : "";
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;

namespace TcmuRunner;

/// <summary>
/// The file whose write lock keeps a second daemon away, ours or the C program's: both take the same record lock. The kernel releases it
/// when the process ends, however it ends.
/// </summary>
internal sealed unsafe class LockFile : IDisposable
{
    private const uint Mode0600 = 0b110_000_000;

    // The lock goes with the first descriptor of this file that the process closes: nothing else may open the file.
    private readonly FileDescriptor _file;

    private LockFile(FileDescriptor file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <param name="path">The file, which is made when it is missing and never removed: a removed one could be locked twice.</param>
    /// <exception cref="DaemonException">Another process holds the lock, or the file cannot be made.</exception>
    internal static LockFile Acquire(string path)
    {
        FileDescriptor file = FileDescriptor.Open(path, Libc.O_RDWR | Libc.O_CREAT, Mode0600, out int errno);
        if (file.IsInvalid)
        {
            file.Dispose();
            throw new DaemonException(DaemonErrorKind.LockFile, $"The lock file '{path}' cannot be opened (errno {errno}).");
        }

        Libc.FileLock wanted = default;
        wanted.Type = Libc.F_WRLCK;
        if (Libc.FcntlLock(file.Number, Libc.F_SETLK, &wanted) == 0)
        {
            return new LockFile(file);
        }

        errno = Libc.LastError;
        string holder = DescribeHolder(file);
        file.Dispose();
        throw errno is Errno.EAGAIN or Errno.EACCES
            ? new DaemonException(DaemonErrorKind.AlreadyRunning, $"tcmu-runner is already running{holder}.")
            : new DaemonException(DaemonErrorKind.LockFile, $"The lock file '{path}' cannot be locked (errno {errno}).");
    }

    private static string DescribeHolder(FileDescriptor file)
    {
        Libc.FileLock held = default;
        held.Type = Libc.F_WRLCK;
        bool known = Libc.FcntlLock(file.Number, Libc.F_GETLK, &held) == 0 && held.Type != Libc.F_UNLCK && held.ProcessId > 0;
        return known ? $" (pid {held.ProcessId})" : "";
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

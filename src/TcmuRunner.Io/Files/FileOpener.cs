// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

/// <summary>Opens a path, or says why not in words that help.</summary>
internal static unsafe class FileOpener
{
    private const uint CreatedMode = 0x180; // 0600

    /// <exception cref="HandlerException">It cannot be opened.</exception>
    internal static LinuxFile Open(string path, AsyncFileOptions options)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!path.StartsWith('/'))
        {
            throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration,
                $"The path '{path}' is relative; give an absolute one, as in 'file//srv/disk.img'.");
        }

        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, "The path has a NUL character in it.");
        }

        // Looked at before it is opened, because opening a device can have effects (a tape rewinds, a watchdog starts), and again
        // afterwards, because it may be another one by then.
        StatxBuffer status;
        if (Libc.Statx(Libc.AT_FDCWD, path, 0, Libc.STATX_BASIC_STATS, &status) == 0)
        {
            Check(status, path);
        }

        bool isReadOnly = options.HasFlag(AsyncFileOptions.ReadOnly);
        // O_NONBLOCK: a FIFO must not make the open wait for a writer.
        int flags = (isReadOnly ? Libc.O_RDONLY : Libc.O_RDWR) | Libc.O_NONBLOCK;
        flags |= options.HasFlag(AsyncFileOptions.Create) ? Libc.O_CREAT : 0;
        flags |= options.HasFlag(AsyncFileOptions.Direct) ? Libc.O_DIRECT : 0;
        FileDescriptor descriptor = FileDescriptor.Open(path, flags, CreatedMode, out int errno);
        if (errno != 0)
        {
            throw OpenFailed(path, options, errno);
        }

        try
        {
            return Wrap(descriptor, path, options, flags);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    private static LinuxFile Wrap(FileDescriptor descriptor, string path, AsyncFileOptions options, int flags)
    {
        StatxBuffer status;
        int result = Libc.Statx(
            descriptor.Number, string.Empty, Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS | Libc.STATX_DIOALIGN, &status);
        if (result < 0)
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"'{path}' cannot be examined: {Describe(Libc.LastError)}.");
        }

        Check(status, path);
        if (options.HasFlag(AsyncFileOptions.Locked))
        {
            ImageLocks.Take(descriptor, path, options.HasFlag(AsyncFileOptions.ReadOnly));
        }

        // io_uring takes O_NONBLOCK as a wish for EAGAIN instead of asynchronous work.
        if (Libc.Fcntl(descriptor.Number, Libc.F_SETFL, flags & ~Libc.O_NONBLOCK & ~Libc.O_CREAT) < 0)
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"'{path}' cannot be made blocking: {Describe(Libc.LastError)}.");
        }

        return new LinuxFile(descriptor, FileProbe.Probe(descriptor, status, path, options));
    }

    private static void Check(in StatxBuffer status, string path)
    {
        int type = status.Mode & Libc.S_IFMT;
        if (type is Libc.S_IFREG or Libc.S_IFBLK)
        {
            return;
        }

        string found = type == Libc.S_IFDIR ? "a directory" : "neither a regular file nor a block device";
        throw new HandlerException(
            HandlerErrorKind.InvalidConfiguration, $"'{path}' is {found}; give the path of a regular file or of a block device.");
    }

    private static HandlerException OpenFailed(string path, AsyncFileOptions options, int errno)
    {
        bool create = options.HasFlag(AsyncFileOptions.Create);
        (HandlerErrorKind kind, string remedy) = errno switch
        {
            Errno.ENOENT when create => (HandlerErrorKind.NotFound, "create the directory first"),
            Errno.ENOENT => (HandlerErrorKind.NotFound, "create the file first, for example with 'truncate -s 10G', or add the option 'create'"),
            Errno.ENOTDIR => (HandlerErrorKind.NotFound, "a part of the path is no directory"),
            Errno.EACCES or Errno.EPERM => (HandlerErrorKind.AccessDenied, "check its owner, its mode and the security policy"),
            Errno.EROFS => (HandlerErrorKind.AccessDenied, "add the option 'ro' to serve it read-only"),
            Errno.EBUSY or Errno.ETXTBSY => (HandlerErrorKind.Busy, "somebody else uses it"),
            Errno.ENOSPC or Errno.EDQUOT => (HandlerErrorKind.NoSpace, "free some space"),
            Errno.EINVAL when options.HasFlag(AsyncFileOptions.Direct) =>
                (HandlerErrorKind.NotSupported, "its file system may have no direct I/O: leave the option 'direct' out"),
            Errno.ELOOP or Errno.ENAMETOOLONG or Errno.EISDIR => (HandlerErrorKind.InvalidConfiguration, "correct the path"),
            Errno.ENXIO or Errno.ENODEV => (HandlerErrorKind.NotFound, "the device is gone"),
            _ => (HandlerErrorKind.Failed, "see the kernel's log"),
        };
        return new HandlerException(kind, $"'{path}' cannot be opened: {Describe(errno)}; {remedy}.");
    }

    private static string Describe(int errno) => $"{System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno)} (error {errno})";
}

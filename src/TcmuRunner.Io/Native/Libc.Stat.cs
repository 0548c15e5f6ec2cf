// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary>sys/stat.h, sys/statfs.h, sys/ioctl.h with linux/fs.h</summary>
internal static unsafe partial class Libc
{
    internal const int AT_FDCWD = -100;
    internal const int AT_EMPTY_PATH = 0x1000;
    internal const uint STATX_BASIC_STATS = 0x7ff;
    internal const uint STATX_DIOALIGN = 0x2000;
    internal const int S_IFMT = 0xf000;
    internal const int S_IFDIR = 0x4000;
    internal const int S_IFBLK = 0x6000;
    internal const int S_IFREG = 0x8000;

    internal const nuint BLKSSZGET = 0x1268;
    internal const nuint BLKPBSZGET = 0x127b;
    internal const nuint BLKGETSIZE64 = 0x80081272;

    internal const long EXT4_SUPER_MAGIC = 0xef53;
    internal const long XFS_SUPER_MAGIC = 0x58465342;
    internal const long BTRFS_SUPER_MAGIC = 0x9123683e;
    internal const long TMPFS_MAGIC = 0x01021994;
    internal const long RAMFS_MAGIC = 0x858458f6;

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Statx(int dirfd, string pathname, int flags, uint mask, StatxBuffer* statxbuf);

    /// <summary>The buffer is larger than <c>struct statfs</c>; only <c>f_type</c>, its first word, is read.</summary>
    [LibraryImport(Library, EntryPoint = "fstatfs", SetLastError = true)]
    internal static partial int FStatFs(int fd, long* buf);

    // ioctl(2) is variadic for its last argument only; see Libc.Syscall.cs for why a fixed signature is the same call.
    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int fd, nuint request, void* arg);
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

[assembly: DisableRuntimeMarshalling]

namespace TcmuRunner.Handlers.Glfs;

/// <summary>glusterfs/api/glfs.h: volumes and their files. Results are zero or a length, or -1 (a null pointer) with errno set.</summary>
/// <remarks>
/// The library's symbols have versions, and the lookup gives the newest: where the signatures differ, those of GFAPI 6.0 are declared, whose
/// further arguments an older library does not look at. The call back is another matter: see <see cref="GfapiCallback"/>.
/// </remarks>
internal static unsafe partial class LibGfapi
{
    public const string Library = "libgfapi.so.0";

    public const int O_RDONLY = 0;
    public const int O_RDWR = 2;
    public const int O_EXCL = 0x80;
    public const int SEEK_END = 2;
    public const int SEEK_DATA = 3;
    public const int SEEK_HOLE = 4;
    public const int F_SETLK = 6;
    public const int GLFS_LK_MANDATORY = 1;
    public const int GF_LOG_INFO = 7;

    /// <summary>O_DIRECT of asm/fcntl.h, whose value depends on the architecture.</summary>
    public static int O_DIRECT { get; } = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint glfs_new(string volname);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int glfs_set_volfile_server(nint fs, string transport, string host, int port);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int glfs_set_logging(nint fs, string logfile, int loglevel);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int glfs_init(nint fs);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int glfs_fini(nint fs);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint glfs_open(nint fs, string path, int flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial nint glfs_creat(nint fs, string path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int glfs_close(nint fd);

    [LibraryImport(Library, SetLastError = true)]
    public static partial long glfs_lseek(nint fd, long offset, int whence);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int glfs_ftruncate(nint fd, long length, void* prestat, void* poststat);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int glfs_fsetxattr(nint fd, string name, byte* value, nuint size, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int glfs_preadv_async(nint fd, IoVector* iov, int iovcnt, long offset, int flags, void* fn, void* data);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int glfs_pwritev_async(nint fd, IoVector* iov, int iovcnt, long offset, int flags, void* fn, void* data);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int glfs_fdatasync_async(nint fd, void* fn, void* data);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int glfs_discard_async(nint fd, long offset, nuint len, void* fn, void* data);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int glfs_zerofill_async(nint fd, long offset, long len, void* fn, void* data);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint dlvsym(nint handle, string symbol, string version);
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Glfs;

/// <content>What older libraries lack: looked up when first needed, absent functions are null.</content>
internal static unsafe partial class LibGfapi
{
    private static readonly nint s_library = NativeLibrary.TryLoad(Library, out nint handle) ? handle : 0;

    /// <summary><c>glfs_file_lock(fd, cmd, flock, lk_mode)</c>, GFAPI 4.0.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, int, FileLock*, int, int> glfs_file_lock =
        (delegate* unmanaged[Cdecl]<nint, int, FileLock*, int, int>)Export(nameof(glfs_file_lock));

    /// <summary><c>glfs_fd_set_lkowner(fd, data, len)</c>, GFAPI 3.10.7.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, void*, int, int> glfs_fd_set_lkowner =
        (delegate* unmanaged[Cdecl]<nint, void*, int, int>)Export(nameof(glfs_fd_set_lkowner));

    /// <summary>Whether the library is there.</summary>
    public static bool IsPresent => s_library != 0;

    /// <summary>Whether the library calls back with what the file was like before and after, as since GFAPI 6.0.</summary>
    public static bool CallsBackWithStat { get; } = s_library != 0 && dlvsym(s_library, nameof(glfs_preadv_async), "GFAPI_6.0") != 0;

    private static nint Export(string name) => s_library != 0 && NativeLibrary.TryGetExport(s_library, name, out nint address) ? address : 0;

    /// <summary><c>struct flock</c> of a 64-bit system.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    public struct FileLock
    {
        /// <summary>The type of a lock for writing.</summary>
        public const short F_WRLCK = 1;

        [FieldOffset(0)]
        public short Type;

        [FieldOffset(2)]
        public short Whence;

        [FieldOffset(8)]
        public long Start;

        [FieldOffset(16)]
        public long Length;

        [FieldOffset(24)]
        public int Process;
    }
}

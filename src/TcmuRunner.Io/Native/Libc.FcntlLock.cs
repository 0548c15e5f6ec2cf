// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary>fcntl.h, record locks (values and layout of 64-bit Linux).</summary>
internal static unsafe partial class Libc
{
    internal const int F_GETLK = 5;
    internal const int F_SETLK = 6;
    internal const int F_OFD_GETLK = 36;
    internal const int F_OFD_SETLK = 37;
    internal const short F_RDLCK = 0;
    internal const short F_WRLCK = 1;
    internal const short F_UNLCK = 2;

    // fcntl(2) is variadic only for its argument, which the x86-64 and arm64 calling conventions pass as a named one.
    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int FcntlLock(int fd, int cmd, FileLock* argument);

    /// <summary><c>struct flock</c>, 32 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    internal struct FileLock
    {
        [FieldOffset(0)]
        internal short Type;

        [FieldOffset(2)]
        internal short Whence;

        [FieldOffset(8)]
        internal long Start;

        [FieldOffset(16)]
        internal long Length;

        [FieldOffset(24)]
        internal int ProcessId;
    }
}

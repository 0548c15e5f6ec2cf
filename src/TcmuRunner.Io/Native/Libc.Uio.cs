// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Io.Native;

/// <summary>sys/uio.h</summary>
internal static unsafe partial class Libc
{
    internal const int IOV_MAX = 1024;
    internal const int RWF_DSYNC = 0x2;
    internal const int RWF_NOWAIT = 0x8;

    [LibraryImport(Library, EntryPoint = "preadv2", SetLastError = true)]
    internal static partial nint PReadV2(int fd, IoVector* iov, int iovcnt, long offset, int flags);

    [LibraryImport(Library, EntryPoint = "pwritev2", SetLastError = true)]
    internal static partial nint PWriteV2(int fd, IoVector* iov, int iovcnt, long offset, int flags);
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary>unistd.h, syscall(2): calls for which libc has no function.</summary>
/// <remarks>
/// syscall(2) is variadic only in its C prototype. The x86-64 and arm64 Linux calling conventions pass variadic integers and pointers in the
/// same registers as named ones, and libc's implementation is assembly that moves exactly those registers to where the kernel wants them (it
/// has no va_list, so it does not look at the vector register count either). A fixed signature is therefore the same call.
/// </remarks>
internal static unsafe partial class Libc
{
    // asm-generic numbers, which x86-64 shares for everything newer than Linux 5.1.
    private const nint NR_io_uring_setup = 425;
    private const nint NR_io_uring_enter = 426;

    internal static int IoUringSetup(uint entries, IoUringParameters* p) => (int)Syscall(NR_io_uring_setup, entries, p);

    internal static int IoUringEnter(int fd, uint toSubmit, uint minComplete, uint flags, void* arg, nuint argsz) =>
        (int)Syscall(NR_io_uring_enter, fd, toSubmit, minComplete, flags, arg, argsz);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nuint arg1, void* arg2);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint arg1, nuint arg2, nuint arg3, nuint arg4, void* arg5, nuint arg6);
}

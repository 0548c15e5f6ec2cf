// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TcmuRunner.Io.Native;

/// <summary>Owns a file descriptor of any kind.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    public FileDescriptor()
        : base(ownsHandle: true)
    {
    }

    internal FileDescriptor(int descriptor)
        : base(ownsHandle: true) => SetHandle(descriptor);

    /// <summary>The number, valid while the handle is referenced.</summary>
    internal int Number => (int)handle;

    /// <summary>Opens a path; EINTR is retried. On failure the handle is invalid and errno says why.</summary>
    internal static FileDescriptor Open(string path, int flags, uint mode, out int errno)
    {
        while (true)
        {
            int descriptor = Libc.Open(path, flags | Libc.O_CLOEXEC, mode);
            errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
            if (errno != Errno.EINTR)
            {
                return new FileDescriptor(descriptor);
            }
        }
    }

    // Linux frees the descriptor even when close reports EINTR or EIO: never retry.
    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}

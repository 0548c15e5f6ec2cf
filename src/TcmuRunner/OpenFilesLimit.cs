// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;

namespace TcmuRunner;

/// <summary>How many files the process may have open: each device needs several.</summary>
internal static unsafe class OpenFilesLimit
{
    /// <summary>Sets RLIMIT_NOFILE, soft and hard.</summary>
    /// <param name="openFiles">The limit.</param>
    /// <returns>0, or the errno of the refusal.</returns>
    internal static int Set(int openFiles)
    {
        var limit = new Libc.ResourceLimit { Current = (ulong)openFiles, Maximum = (ulong)openFiles };
        return Libc.SetResourceLimit(Libc.RLIMIT_NOFILE, &limit) == 0 ? 0 : Libc.LastError;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TcmuRunner.Io.Native;

/// <summary>libc, one file per C header. Raw calls; the callers read errno at once and retry EINTR.</summary>
internal static partial class Libc
{
    internal const string Library = "libc";

    /// <summary>The errno of this thread's last call that was declared with SetLastError.</summary>
    internal static int LastError => Marshal.GetLastPInvokeError();
}

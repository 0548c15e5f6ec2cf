// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary><c>struct io_uring_getevents_arg</c> of linux/io_uring.h. The layout test proves the offsets.</summary>
[StructLayout(LayoutKind.Explicit, Size = StructSize)]
internal struct IoUringWaitArgument
{
    internal const int StructSize = 24;
    internal const int TimeoutOffset = 16;

    /// <summary>Address of a <see cref="KernelTimespec"/>; 0: wait for ever.</summary>
    [FieldOffset(TimeoutOffset)]
    internal ulong Timeout;
}

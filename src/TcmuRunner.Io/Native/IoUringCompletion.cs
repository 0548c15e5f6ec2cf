// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary><c>struct io_uring_cqe</c> of linux/io_uring.h. The layout test proves the offsets.</summary>
[StructLayout(LayoutKind.Explicit, Size = StructSize)]
internal struct IoUringCompletion
{
    internal const int StructSize = 16;
    internal const int ResultOffset = 8;

    [FieldOffset(0)]
    internal ulong UserData;

    /// <summary>What the system call of that name would return; errors as negative errno.</summary>
    [FieldOffset(ResultOffset)]
    internal int Result;
}

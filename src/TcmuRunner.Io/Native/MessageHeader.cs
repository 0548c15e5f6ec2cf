// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Io.Native;

/// <summary><c>struct msghdr</c> of sys/socket.h on 64-bit systems. The layout test proves the offsets.</summary>
[StructLayout(LayoutKind.Explicit, Size = StructSize)]
internal unsafe struct MessageHeader
{
    internal const int StructSize = 56;

    [FieldOffset(16)]
    internal IoVector* Vectors;

    [FieldOffset(24)]
    internal nuint VectorCount;
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary><c>struct sockaddr_nl</c> (linux/netlink.h). Port 0 is the kernel, or "choose one" when binding.</summary>
[StructLayout(LayoutKind.Explicit, Size = 12)]
internal struct SockAddrNl
{
    [FieldOffset(0)]
    internal ushort Family;

    [FieldOffset(4)]
    internal uint PortId;

    [FieldOffset(8)]
    internal uint Groups;
}

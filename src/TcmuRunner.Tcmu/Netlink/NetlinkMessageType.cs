// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary>Message types with a fixed meaning (linux/netlink.h); generic netlink families have numbers from 16 on.</summary>
internal enum NetlinkMessageType : ushort
{
    NoOperation = 1,
    Error = 2,
    Done = 3,
    Overrun = 4,

    /// <summary>The family of families, <c>nlctrl</c> (linux/genetlink.h).</summary>
    Controller = 0x10,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary><c>NLM_F_*</c> (linux/netlink.h).</summary>
[Flags]
internal enum NetlinkMessageFlags : ushort
{
    None = 0,
    Request = 1,
    Multi = 2,
    Acknowledge = 4,
}

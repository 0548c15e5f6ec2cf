// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary>Commands of the controller family <c>nlctrl</c> (linux/genetlink.h).</summary>
internal enum ControllerCommand : byte
{
    NewFamily = 1,
    GetFamily = 3,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary>Commands of the generic netlink family TCM-USER (<c>enum tcmu_genl_cmd</c>, linux/target_core_user.h).</summary>
internal enum TcmuCommand : byte
{
    Unspecified = 0,
    AddedDevice = 1,
    RemovedDevice = 2,
    ReconfigDevice = 3,
    AddedDeviceDone = 4,
    RemovedDeviceDone = 5,
    ReconfigDeviceDone = 6,
    SetFeatures = 7,
}

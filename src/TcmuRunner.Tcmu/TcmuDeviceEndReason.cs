// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu;

/// <summary>What ended the service of a device.</summary>
internal enum TcmuDeviceEndReason
{
    /// <summary>It was stopped.</summary>
    Stopped = 0,

    /// <summary>The kernel has removed the UIO device.</summary>
    Gone = 1,

    /// <summary>The ring is corrupt. Stop the device; it can be served again after the kernel's ring was reset.</summary>
    Failed = 2,
}

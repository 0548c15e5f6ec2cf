// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu;

/// <summary>What went wrong between this program and the kernel's TCMU.</summary>
public enum TcmuErrorKind
{
    /// <summary>None of the others.</summary>
    Failed = 0,

    /// <summary>The module target_core_user is not loaded.</summary>
    ModuleMissing = 1,

    /// <summary>configfs, or the target subsystem in it, is not mounted where it should be.</summary>
    ConfigFsMissing = 2,

    /// <summary>The process lacks a permission; it should run as root.</summary>
    NotPermitted = 3,

    /// <summary>The netlink socket or a request on it failed.</summary>
    NetlinkFailed = 4,

    /// <summary>A file of a device, or the device, does not exist: it is gone, or the kernel is too old to have it.</summary>
    NotFound = 5,

    /// <summary>A file in sysfs or configfs could not be read or written.</summary>
    AttributeFailed = 6,

    /// <summary>
    /// What the kernel says cannot be right or is not supported: an attribute that is no number, an unknown ring version.
    /// </summary>
    NotSupported = 7,
}

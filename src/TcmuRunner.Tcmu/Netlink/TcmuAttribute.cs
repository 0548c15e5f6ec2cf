// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary>Attributes of the generic netlink family TCM-USER (<c>enum tcmu_genl_attr</c>, linux/target_core_user.h).</summary>
internal enum TcmuAttribute : ushort
{
    Unspecified = 0,

    /// <summary>String: the full uio name, <c>tcm-user/hba/device/configuration</c>.</summary>
    Device = 1,

    /// <summary>u32: N of uioN.</summary>
    Minor = 2,

    /// <summary>Padding in front of a u64.</summary>
    Pad = 3,

    /// <summary>String: the new configuration, without the prefix; may end in a newline.</summary>
    DeviceConfiguration = 4,

    /// <summary>u64: the new size in bytes.</summary>
    DeviceSize = 5,

    /// <summary>u8: the new emulate_write_cache.</summary>
    WriteCache = 6,

    /// <summary>s32: 0 or a negative errno.</summary>
    CommandStatus = 7,

    /// <summary>u32: LIO's index of the device; not the minor.</summary>
    DeviceId = 8,

    /// <summary>u8: 1 when the daemon is going to reply.</summary>
    SupportsReplies = 9,
}

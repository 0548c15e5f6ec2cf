// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Ring;

/// <summary>What the kernel side of a ring can do (<c>TCMU_MAILBOX_FLAG_CAP_*</c>). Decides features, never the kernel's version.</summary>
[Flags]
internal enum MailboxFlags : ushort
{
    None = 0,

    /// <summary>Commands may be completed in any order; without it only in the order of the ring.</summary>
    OutOfOrderCompletion = 0x1,

    /// <summary>A response may say how many bytes a read returned.</summary>
    ReadLength = 0x2,

    /// <summary>Task management notifications may appear in the ring.</summary>
    TaskManagement = 0x4,

    /// <summary>A command may be completed without giving its data buffer back yet.</summary>
    KeepBuffer = 0x8,
}

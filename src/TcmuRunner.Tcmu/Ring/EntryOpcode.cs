// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Ring;

/// <summary>What a ring entry is (<c>enum tcmu_opcode</c>): the low three bits of its first word. 3 to 7 are for the future.</summary>
internal enum EntryOpcode : uint
{
    /// <summary>Fills the end of the ring up; to be skipped.</summary>
    Pad = 0,

    /// <summary>A SCSI command.</summary>
    Command = 1,

    /// <summary>Tells that commands in the ring are being aborted; to be skipped.</summary>
    TaskManagement = 2,
}

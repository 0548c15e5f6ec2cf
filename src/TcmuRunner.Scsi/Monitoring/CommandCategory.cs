// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>What a command is for, as far as those who watch a disk tell commands apart.</summary>
public enum CommandCategory
{
    /// <summary>Everything else: INQUIRY, MODE SENSE, reservations and so on.</summary>
    Other = 0,

    /// <summary>READ (6) to READ (32).</summary>
    Read,

    /// <summary>WRITE, WRITE AND VERIFY, WRITE SAME, COMPARE AND WRITE.</summary>
    Write,

    /// <summary>SYNCHRONIZE CACHE.</summary>
    Flush,

    /// <summary>UNMAP.</summary>
    Unmap,
}

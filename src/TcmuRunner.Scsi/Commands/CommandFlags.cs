// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>What the engine must know of a command before it runs it.</summary>
[Flags]
internal enum CommandFlags
{
    None = 0,

    /// <summary>It calls the device, so a serialized device must be free.</summary>
    UsesDevice = 1 << 0,

    /// <summary>It changes the medium: refused on a write-protected one.</summary>
    Writes = 1 << 1,

    /// <summary>A pending unit attention condition does not stop it (SAM-5 5.14.1).</summary>
    IgnoresUnitAttention = 1 << 2,

    /// <summary>Its CDB names a first block and a number of blocks, for messages.</summary>
    HasBlocks = 1 << 3,

    /// <summary>Bits 4 and 3 of byte 1 are DPO and FUA, for messages.</summary>
    HasForceUnitAccess = 1 << 4,

    /// <summary>A persistent reservation of somebody else does not stop it (SPC-5 table of commands allowed with reservations).</summary>
    IgnoresReservation = 1 << 5,

    /// <summary>It only reads: a reservation stops it where it is for exclusive access.</summary>
    OnlyReads = 1 << 6,

    /// <summary>RESERVE(6) of somebody else does not stop it (SPC-2 table of commands allowed with reservations).</summary>
    IgnoresUnitReservation = 1 << 7,

    /// <summary>It needs a medium in the drive.</summary>
    NeedsMedium = 1 << 8,

    /// <summary>It works while the unit is being formatted or sanitized (SBC-4 FORMAT UNIT and SANITIZE).</summary>
    WorksNotReady = 1 << 9,

    /// <summary>It sends commands to the unit itself, so it must not keep a serialized device for itself.</summary>
    SendsCommands = 1 << 10,

    /// <summary>It makes a medium whole again that a failed FORMAT UNIT or SANITIZE has left behind.</summary>
    Repairs = 1 << 11,
}

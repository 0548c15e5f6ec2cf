// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>What a ticket is good for at the moment.</summary>
internal enum TicketState : byte
{
    /// <summary>It stands in no queue.</summary>
    Idle = 0,

    /// <summary>Its command waits.</summary>
    Waiting = 1,

    /// <summary>Its command has what it asked for.</summary>
    Holding = 2,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Sessions;

/// <summary>Where a command is on its way.</summary>
internal enum TaskPhase : byte
{
    /// <summary>In the pool.</summary>
    Free = 0,

    /// <summary>Its PDU arrives.</summary>
    Arriving = 1,

    /// <summary>It waits until all commands before it have arrived.</summary>
    Held = 2,

    /// <summary>It waits for Data-Out.</summary>
    WaitingForData = 3,

    /// <summary>The logical unit has it.</summary>
    Executing = 4,

    /// <summary>Its response is on the way.</summary>
    Responding = 5,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Configuration;

/// <summary>The numbers of <c>log_level</c>: each includes the ones before it.</summary>
internal enum LogVerbosity
{
    /// <summary>The daemon cannot go on.</summary>
    Critical = 0,

    /// <summary>Something that was asked for did not happen.</summary>
    Error = 1,

    /// <summary>Something abnormal was handled.</summary>
    Warning = 2,

    /// <summary>A change of state that an operator wants to see.</summary>
    Information = 3,

    /// <summary>What a diagnosis needs.</summary>
    Debug = 4,

    /// <summary>Every SCSI command; these lines go to the file only.</summary>
    DebugScsiCommands = 5,
}

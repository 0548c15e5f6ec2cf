// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>Where a gateway is with the lock of a disk.</summary>
internal enum FailoverState
{
    /// <summary>It does not hold the lock.</summary>
    Standby,

    /// <summary>It is taking the lock.</summary>
    Acquiring,

    /// <summary>It holds the lock.</summary>
    Active,

    /// <summary>Another gateway has taken the lock, or this one has been stopped for a while: until the pause is over no command may ask for the lock.</summary>
    ShutOut,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner;

/// <summary>Why the daemon can't start.</summary>
internal enum DaemonErrorKind
{
    /// <summary>It is not run by root.</summary>
    NotRoot = 1,

    /// <summary>Another daemon holds the lock file.</summary>
    AlreadyRunning = 2,

    /// <summary>The lock file cannot be made or locked.</summary>
    LockFile = 3,

    /// <summary>The kernel module target_core_user is missing.</summary>
    ModuleMissing = 4,

    /// <summary>A disk or a portal that the command line names cannot be opened.</summary>
    CannotServe = 5,

    /// <summary>The targets file cannot be used.</summary>
    TargetsFile = 6,

    /// <summary>The address of the page with the daemon's numbers cannot be used.</summary>
    MetricsUnavailable = 20,
}

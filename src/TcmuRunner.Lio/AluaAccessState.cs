// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>ASYMMETRIC ACCESS STATE, SPC-5 6.34.</summary>
public enum AluaAccessState
{
    /// <summary>Active/optimized.</summary>
    ActiveOptimized = 0,

    /// <summary>Active/non-optimized.</summary>
    ActiveNonOptimized = 1,

    /// <summary>Standby.</summary>
    Standby = 2,

    /// <summary>Unavailable.</summary>
    Unavailable = 3,

    /// <summary>Logical block dependent.</summary>
    LogicalBlockDependent = 4,

    /// <summary>Offline.</summary>
    Offline = 14,

    /// <summary>Transitioning between states.</summary>
    Transitioning = 15,
}

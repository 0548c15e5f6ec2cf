// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>Asymmetric access states (SPC-5 REPORT TARGET PORT GROUPS).</summary>
public enum AsymmetricAccessState : byte
{
    ActiveOptimized = 0x0,
    ActiveNonOptimized = 0x1,
    Standby = 0x2,
    Unavailable = 0x3,
    LogicalBlockDependent = 0x4,
    Offline = 0xE,
    Transitioning = 0xF,
}

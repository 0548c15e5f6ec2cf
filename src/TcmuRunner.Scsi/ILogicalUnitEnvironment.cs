// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>What a front tells a logical unit of the world outside. Asked for each command that needs it; called on loop threads, must be quick.</summary>
public interface ILogicalUnitEnvironment
{
    /// <summary>The unit serial number (VPD page 80h), from which the other identifiers are made; null when there is none yet.</summary>
    string? UnitSerialNumber { get; }

    /// <summary>The target port groups, or null where this front has none.</summary>
    ITargetPortGroups? TargetPortGroups { get; }
}

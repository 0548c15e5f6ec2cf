// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>What a front tells a logical unit of the world outside. Asked for each command that needs it; called on loop threads, must be quick.</summary>
public interface ILogicalUnitEnvironment
{
    /// <summary>The unit serial number (VPD page 80h), from which the other identifiers are made; null when there is none yet.</summary>
    string? UnitSerialNumber { get; }

    /// <summary>The target port groups, or null where this front has none.</summary>
    ITargetPortGroups? TargetPortGroups { get; }

    /// <summary>Finds another logical unit that EXTENDED COPY names: only one that the nexus may read and write by itself.</summary>
    /// <param name="nexus">Who copies.</param>
    /// <param name="designator">The unit's NAA identifier, 16 bytes; see <see cref="LogicalUnit.IsNamed"/>.</param>
    /// <returns>Null where there is none, and where this front does not know which units a nexus may see, as TCMU's does not.</returns>
    LogicalUnit? FindLogicalUnit(ItNexus nexus, ReadOnlySpan<byte> designator) => null;
}

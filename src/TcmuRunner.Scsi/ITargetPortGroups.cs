// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>Target port groups of a logical unit (SPC-5 5.18), kept by the front.</summary>
public interface ITargetPortGroups
{
    /// <summary>Reads all groups, in the order of their directory names or ids.</summary>
    /// <returns>The groups with at least the ports known; empty when there is no enabled port. Null when they could not be read.</returns>
    IReadOnlyList<TargetPortGroup>? Read();

    /// <summary>Changes a group's state; may block, so the engine calls it off the loop.</summary>
    /// <returns>Whether it was changed.</returns>
    bool TrySetState(ushort groupId, AsymmetricAccessState state, bool isExplicit);
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi;
using TcmuRunner.Scsi;

namespace TcmuRunner.Targets;

/// <summary>What the world outside is for a disk of the iSCSI front.</summary>
/// <param name="serialNumber">Its unit serial number.</param>
/// <param name="front">The front that serves it.</param>
internal sealed class TargetUnit(string serialNumber, IscsiFront front) : ILogicalUnitEnvironment, ITargetPortGroups
{
    /// <summary>The unit itself, once it is open.</summary>
    internal LogicalUnit? Unit { get; set; }

    public string? UnitSerialNumber => serialNumber;

    public ITargetPortGroups? TargetPortGroups => Unit is null ? null : this;

    public IReadOnlyList<TargetPortGroup>? Read() => Unit is null ? [] : front.FindPortGroups(Unit);

    // There is one group and one state.
    public bool TrySetState(ushort groupId, AsymmetricAccessState state, bool isExplicit) => false;
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.Iscsi.Targets;

/// <summary>A logical unit under a number.</summary>
/// <param name="Lun">The number, 0 to <see cref="MaximumLun"/>.</param>
/// <param name="Unit">The unit; the front uses it, whoever configures the front owns it.</param>
/// <param name="IsReadOnly">Whether writes through this mapping are refused.</param>
public sealed record LunMapping(ushort Lun, LogicalUnit Unit, bool IsReadOnly = false)
{
    /// <summary>The largest number: flat space addressing has 14 bits (SAM-5 4.7.7.4).</summary>
    public const ushort MaximumLun = 0x3FFF;

    /// <summary>The target port group that the portal group belongs to for this unit, without its ports; null: the one in which all are always active.</summary>
    public TargetPortGroup? AccessGroup { get; init; }
}

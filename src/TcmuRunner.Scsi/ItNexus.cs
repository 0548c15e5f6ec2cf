// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>One initiator port seen through one target port (SAM-5 4.7), as far as a logical unit must remember it.</summary>
/// <remarks>
/// A front creates one per session and adds it to each logical unit (<see cref="LogicalUnit.AddNexus"/>); TCMU, which does not say who sent a
/// command, has one per device.
/// </remarks>
public sealed class ItNexus
{
    /// <summary>Creates a nexus.</summary>
    /// <param name="initiatorName">The initiator's name for messages; TCMU has none.</param>
    /// <param name="transportId">The initiator port; null where the front does not know it, as TCMU's does not.</param>
    /// <param name="relativeTargetPortId">The target port, 1 to 65535; 0 where the front does not know it.</param>
    public ItNexus(string initiatorName, TransportId? transportId = null, ushort relativeTargetPortId = 0)
    {
        InitiatorName = initiatorName;
        TransportId = transportId;
        RelativeTargetPortId = relativeTargetPortId;
    }

    /// <summary>The initiator's name for messages.</summary>
    public string InitiatorName { get; }

    /// <summary>The initiator port, by which persistent reservations know it again in its next session; null where it is not known.</summary>
    public TransportId? TransportId { get; }

    /// <summary>The target port's relative identifier (SPC-5 7.7.6.7).</summary>
    public ushort RelativeTargetPortId { get; }

    /// <summary>
    /// Aborts all commands that this nexus has in flight at a logical unit (PREEMPT AND ABORT), and ends when they have completed. Set by the
    /// front; called on any thread. Null: they are left to complete.
    /// </summary>
    public Func<LogicalUnit, ValueTask>? AbortCommands { get; init; }

    /// <summary>
    /// The logical units that this nexus may read and write: those that EXTENDED COPY may reach. Set by the front; called on any thread. Null, as for
    /// TCMU, which does not know: copies stay within their unit.
    /// </summary>
    public Func<IEnumerable<LogicalUnit>>? VisibleUnits { get; init; }
}

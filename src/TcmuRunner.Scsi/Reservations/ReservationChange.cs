// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;

namespace TcmuRunner.Scsi;

/// <summary>What becomes of the reservations by one command, worked out but not yet in force.</summary>
/// <param name="State">The new state; null where the command is refused.</param>
internal sealed record ReservationChange(ReservationState? State)
{
    /// <summary>RESERVATION CONFLICT.</summary>
    public static ReservationChange Conflict { get; } = new((ReservationState?)null);

    /// <summary>Why the command ends with CHECK CONDITION, ILLEGAL REQUEST; none for a conflict.</summary>
    public AdditionalSenseCode Error { get; init; }

    /// <summary>Who is told what: unit attention conditions by registration.</summary>
    public ImmutableArray<(Registration Registration, AdditionalSenseCode Condition)> Attentions { get; init; } = [];

    /// <summary>Whose commands are to be aborted.</summary>
    public ImmutableArray<Registration> Preempted { get; init; } = [];

    public static ReservationChange Refuse(AdditionalSenseCode error) => new((ReservationState?)null) { Error = error };
}

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
    public ItNexus(string initiatorName) => InitiatorName = initiatorName;

    /// <summary>The initiator's name for messages.</summary>
    public string InitiatorName { get; }
}

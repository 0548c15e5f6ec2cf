// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Tells initiators that something has changed behind their back. Thread safe.</summary>
public interface IUnitAttentions
{
    /// <summary>Makes the next command of every initiator end with UNIT ATTENTION; a condition that is pending already stays single.</summary>
    /// <param name="additionalSenseCode">ASC in the high byte, ASCQ in the low byte: <c>0x3F03</c>.</param>
    /// <param name="causedBy">The command that changed it, whose sender knows; null for a change by the administrator.</param>
    void Raise(int additionalSenseCode, IRawCommand? causedBy);
}

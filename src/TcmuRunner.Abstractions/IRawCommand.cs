// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>A SCSI command as the initiator sent it. Valid until the operation that got it completes.</summary>
public interface IRawCommand
{
    /// <summary>The command descriptor block, as long as its operation code says. Untrusted, but it does not change any more.</summary>
    ReadOnlySpan<byte> Cdb { get; }

    /// <summary>The initiator's data; empty for a command without. A front that cannot tell the direction gives the same memory in both lists.</summary>
    ScatterList DataOut { get; }

    /// <summary>Room for the data to return; empty for a command without.</summary>
    ScatterList DataIn { get; }

    /// <summary>How many bytes of <see cref="DataIn"/> were filled; 0 until set. The rest does not reach the initiator, or only as zeros.</summary>
    long DataInLength { get; set; }

    /// <summary>Ends the command with CHECK CONDITION: fixed-format sense data is built (SPC-5 4.4.3). Return <see cref="IoOutcome.SenseProvided"/>.</summary>
    /// <param name="senseKey">Sense key, 0 to 15.</param>
    /// <param name="additionalSenseCode">ASC in the high byte, ASCQ in the low byte: <c>0x2400</c>.</param>
    void SetCheckCondition(byte senseKey, int additionalSenseCode);

    /// <summary>Ends the command with CHECK CONDITION and sense data of the handler's own. Return <see cref="IoOutcome.SenseProvided"/>.</summary>
    /// <param name="sense">At most 96 bytes; copied.</param>
    void SetCheckCondition(ReadOnlySpan<byte> sense);
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>The result of an operation on a handler's device: a value, because errors on the command path are not exceptions.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Information">For <see cref="IoOutcome.Miscompare"/> the offset in bytes of the first difference; for <see cref="IoOutcome.CheckCondition"/> the
/// sense key above 16 bits of ASC and ASCQ; otherwise zero.</param>
public readonly record struct IoStatus(IoOutcome Outcome, long Information = 0)
{
    /// <summary>The operation is done.</summary>
    public static IoStatus Good => default;

    /// <summary>Whether the operation is done.</summary>
    public bool IsGood => Outcome == IoOutcome.Good;

    /// <summary>The compared bytes differ.</summary>
    /// <param name="offset">Offset of the first byte that differs, from the start of the compared data.</param>
    public static IoStatus Miscompare(long offset) => new(IoOutcome.Miscompare, offset);

    /// <summary>The command ends with CHECK CONDITION and fixed-format sense data without further fields.</summary>
    /// <param name="senseKey">Sense key, 0 to 15.</param>
    /// <param name="additionalSenseCode">ASC in the high byte, ASCQ in the low byte: <c>0x2104</c>.</param>
    public static IoStatus CheckCondition(byte senseKey, int additionalSenseCode) =>
        new(IoOutcome.CheckCondition, ((long)(senseKey & 0x0F) << 16) | (ushort)additionalSenseCode);

    /// <summary>Turns an outcome into a status, so that a handler can <c>return new(IoOutcome.ReadError)</c> or simply the outcome.</summary>
    /// <param name="outcome">How the operation ended.</param>
    public static implicit operator IoStatus(IoOutcome outcome) => new(outcome);

    /// <summary>The same as the implicit conversion, for languages without it.</summary>
    /// <param name="outcome">How the operation ended.</param>
    public static IoStatus FromIoOutcome(IoOutcome outcome) => new(outcome);
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// What changes of a zone, in one word, so that it is read, stored in shared memory and written to the image as a whole.
/// </summary>
/// <remarks>
/// <code>
///  63                                            8   5   4  3        0
/// ┌───────────────────────────────────────────────┬───┬───┬───────────┐
/// │ write pointer, blocks from the zone's start   │RWP│ NS│ condition │   RWP: reset recommended, NS: non-sequential write resources
/// └───────────────────────────────────────────────┴───┴───┴───────────┘
/// </code>
/// The write pointer is kept where the standard calls it invalid: a full zone's is its length; that of a read-only or offline zone is the one
/// it had before, so that a fault can be cleared. Keep in sync with the image's format (<see cref="ImageFormat"/>).
/// </remarks>
/// <param name="Bits">The word.</param>
internal readonly record struct ZoneState(ulong Bits)
{
    private const int WritePointerShift = 8;
    private const ulong NonSequentialBit = 1 << 4;
    private const ulong ResetRecommendedBit = 1 << 5;
    private const ulong ConditionMask = 0xF;

    /// <summary>The largest write pointer that fits.</summary>
    public const long MaximumWritePointer = (1L << 55) - 1;

    public ZoneState(ZoneCondition condition, long writePointer)
        : this(((ulong)writePointer << WritePointerShift) | (ulong)condition)
    {
    }

    public ZoneCondition Condition => (ZoneCondition)(Bits & ConditionMask);

    /// <summary>Blocks from the start of the zone.</summary>
    public long WritePointer => (long)(Bits >> WritePointerShift);

    public bool IsNonSequential => (Bits & NonSequentialBit) != 0;

    public bool IsResetRecommended => (Bits & ResetRecommendedBit) != 0;

    public bool IsOpen => Condition is ZoneCondition.ImplicitlyOpened or ZoneCondition.ExplicitlyOpened;

    /// <summary>Open or closed: holds one of the resources that <c>active-</c> limits.</summary>
    public bool IsActive => IsOpen || Condition == ZoneCondition.Closed;

    public ZoneState With(ZoneCondition condition) => new((Bits & ~ConditionMask) | (ulong)condition);

    public ZoneState WithWritePointer(long writePointer) =>
        new((Bits & ((1UL << WritePointerShift) - 1)) | ((ulong)writePointer << WritePointerShift));

    public ZoneState WithNonSequential(bool value) => new(value ? Bits | NonSequentialBit : Bits & ~NonSequentialBit);
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>What a ZONE ACTIVATE would do, or why it would do nothing.</summary>
internal sealed class ActivationPlan
{
    /// <summary>Why the command itself is refused; None where it gets an answer.</summary>
    public ZoneError Error { get; init; }

    /// <summary>The prerequisites that are not met; None where the zones can be activated.</summary>
    public UnmetPrerequisites Unmet { get; init; }

    /// <summary>The zone with unmet prerequisites, a block's address; null where none is to blame.</summary>
    public long? Culprit { get; init; }

    /// <summary>The realms that change, in order, and the domain that each goes to.</summary>
    public IReadOnlyList<int> Realms { get; init; } = [];

    /// <summary>The domain to activate.</summary>
    public int TargetDomain { get; init; }

    /// <summary>What changes or stays as asked for, ascending by zone.</summary>
    public IReadOnlyList<ActivationRange> Ranges { get; init; } = [];

    /// <summary>NUMBER OF ZONES PROCESSED.</summary>
    public long ZonesProcessed { get; init; }

    public bool IsPossible => Error == ZoneError.None && Unmet == UnmetPrerequisites.None;

    public static ActivationPlan Refused(ZoneError error) => new() { Error = error };

    public static ActivationPlan NotMet(UnmetPrerequisites unmet, long culprit) => new() { Unmet = unmet, Culprit = culprit };
}

/// <summary>One descriptor of the answer.</summary>
/// <param name="FirstZone">Number of the first zone.</param>
/// <param name="Count">How many zones.</param>
/// <param name="Domain">ZONE DOMAIN ID.</param>
/// <param name="Type">Type of the zones.</param>
/// <param name="Condition">Their condition afterwards.</param>
internal readonly record struct ActivationRange(int FirstZone, int Count, int Domain, ZoneType Type, ZoneCondition Condition);

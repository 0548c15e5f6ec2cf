// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using TcmuRunner.Abstractions;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>The rules' assertions.</summary>
internal static class Require
{
    public static void That([DoesNotReturnIf(false)] bool kept, string otherwise)
    {
        if (!kept)
        {
            throw new ConformanceException(ConformanceOutcome.Broken, otherwise);
        }
    }

    public static void Good(IoStatus status, string operation) =>
        That(status.IsGood, $"{operation} ended with {status.Outcome}, not with {IoOutcome.Good}.");

    public static void Equal(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string what)
    {
        int common = expected.CommonPrefixLength(actual);
        if (common < expected.Length || common < actual.Length)
        {
            string seen = common < actual.Length ? $"{actual[common]:X2}" : "the end";
            string wanted = common < expected.Length ? $"{expected[common]:X2}" : "the end";
            throw new ConformanceException(ConformanceOutcome.Broken, $"{what}: at byte {common} of {expected.Length} there is {seen} instead of {wanted}.");
        }
    }

    /// <summary>The rule is about a promise that the device does not make.</summary>
    public static void Applies([DoesNotReturnIf(false)] bool applies, string otherwise)
    {
        if (!applies)
        {
            throw new ConformanceException(ConformanceOutcome.NotApplicable, otherwise);
        }
    }

    /// <summary>A reason shown to an administrator is a sentence.</summary>
    public static void Sentence(string? reason, string what) =>
        That(reason is { Length: > 10 } && reason.EndsWith('.'), $"{what}: '{reason}' is no sentence that an administrator can act on.");
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.TestKit.Conformance;

/// <summary>The result of checking one rule.</summary>
/// <param name="Rule">The rule's name: a claim.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Detail">What was seen, where it was not kept, or why it does not apply.</param>
public sealed record ConformanceResult(string Rule, ConformanceOutcome Outcome, string Detail);

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.TestKit.Conformance;

/// <summary>Ends the check of a rule early.</summary>
/// <param name="outcome">With which outcome.</param>
/// <param name="message">What was seen.</param>
internal sealed class ConformanceException(ConformanceOutcome outcome, string message) : Exception(message)
{
    public ConformanceOutcome Outcome { get; } = outcome;
}

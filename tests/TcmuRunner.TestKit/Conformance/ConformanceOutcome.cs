// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.TestKit.Conformance;

/// <summary>What came of checking a rule.</summary>
public enum ConformanceOutcome
{
    /// <summary>The handler keeps the rule.</summary>
    Kept = 0,

    /// <summary>The rule is about something that this device does not promise.</summary>
    NotApplicable = 1,

    /// <summary>The handler breaks the rule.</summary>
    Broken = 2,
}

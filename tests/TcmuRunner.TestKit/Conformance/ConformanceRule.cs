// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.TestKit.Conformance;

/// <summary>One rule of the contract.</summary>
/// <param name="Name">The claim.</param>
/// <param name="Check">Returns when the rule is kept; throws <see cref="ConformanceException"/> when not.</param>
internal sealed record ConformanceRule(string Name, Func<ConformanceSession, Task> Check);

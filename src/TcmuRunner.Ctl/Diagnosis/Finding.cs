// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl.Diagnosis;

/// <summary>What one check found.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Detail">What is the case.</param>
/// <param name="Remedy">What to do; null when there is nothing to do.</param>
internal sealed record Finding(string Check, FindingResult Result, string Detail, string? Remedy = null);

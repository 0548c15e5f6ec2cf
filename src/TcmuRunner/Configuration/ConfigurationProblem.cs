// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Configuration;

/// <summary>A line of the configuration file that has no effect.</summary>
/// <param name="Line">The line, from 1; 0 for the file as a whole.</param>
/// <param name="Key">The key as it stands there; empty for the file as a whole.</param>
/// <param name="Reason">Why, with the value that stands there and the ones that are allowed; without full stop.</param>
internal sealed record ConfigurationProblem(int Line, string Key, string Reason);

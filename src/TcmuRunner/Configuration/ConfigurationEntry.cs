// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Configuration;

/// <summary>One setting as it stands in the file.</summary>
/// <remarks>A class, as lists of structures are compiled at start and lists of classes are not.</remarks>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Key">The word before the equals sign.</param>
/// <param name="Value">The text after it without quotes; <c>true</c> for a key that stands alone.</param>
internal sealed record ConfigurationEntry(int Line, string Key, string Value);

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.DBus.Service;

/// <summary>A handler of this daemon.</summary>
/// <param name="Subtype">The first word of its configuration strings: lower-case letters and digits.</param>
/// <param name="ConfigurationHelp">The grammar of its configuration strings.</param>
public sealed record ServedHandler(string Subtype, string ConfigurationHelp);

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>Which form of zone domains and realms goes over the wire.</summary>
internal enum Dialect : byte
{
    /// <summary>ZBC-2, as published.</summary>
    Zbc2 = 2,

    /// <summary>The proposal that preceded it, Zone Domains revision 5.</summary>
    Draft5 = 5,
}

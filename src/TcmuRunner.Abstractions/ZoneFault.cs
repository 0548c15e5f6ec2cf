// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>What can be made wrong with a zone, to test what is above it.</summary>
public enum ZoneFault
{
    /// <summary>Nothing: the zone is again what its write pointer says.</summary>
    None = 0,

    /// <summary>It can be read only.</summary>
    ReadOnly = 1,

    /// <summary>It cannot be used at all.</summary>
    Offline = 2,
}

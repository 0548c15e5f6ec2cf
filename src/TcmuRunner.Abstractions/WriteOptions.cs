// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>How to write.</summary>
[Flags]
public enum WriteOptions
{
    /// <summary>Into whatever cache there is.</summary>
    None = 0,

    /// <summary>The bytes must be on stable storage before the operation completes (FUA).</summary>
    ForceUnitAccess = 1,
}

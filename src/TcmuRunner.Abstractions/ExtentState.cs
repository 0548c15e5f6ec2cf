// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Whether a range of a device holds data.</summary>
public enum ExtentState : byte
{
    /// <summary>It holds data, or may.</summary>
    Mapped = 0,

    /// <summary>It holds none and reads as zeros.</summary>
    Deallocated = 1,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>What an image is opened for.</summary>
public enum ImageAccess
{
    /// <summary>To look at it; nothing is written.</summary>
    Read = 0,

    /// <summary>To change its snapshots.</summary>
    Write = 1,

    /// <summary>To repair it, however damaged it is.</summary>
    Repair = 2,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>The version of the contract in this assembly.</summary>
/// <remarks>A handler loads when its major version equals the daemon's and its minor version is not newer.</remarks>
public static class HandlerApi
{
    /// <summary>Raised when a member changes or goes: handlers must be rebuilt.</summary>
    public const int MajorVersion = 1;

    /// <summary>Raised when something is added: older handlers still load.</summary>
    public const int MinorVersion = 2;
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>What is done to the running system outside configfs.</summary>
internal interface ISystemCommands
{
    /// <summary>Loads a kernel module; null on success, otherwise why not.</summary>
    string? LoadModule(string name);

    /// <summary>Mounts configfs at its usual place; null on success, otherwise why not.</summary>
    string? MountConfigFs();
}

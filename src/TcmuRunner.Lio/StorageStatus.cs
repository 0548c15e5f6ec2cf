// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>Whether a storage object is in use.</summary>
public enum StorageStatus
{
    /// <summary>No LUN uses it, or it is not configured yet.</summary>
    Deactivated = 0,

    /// <summary>At least one LUN uses it.</summary>
    Activated,
}

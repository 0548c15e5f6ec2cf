// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.TestKit.Scsi;

/// <summary>A world outside with a serial number and, if wanted, target port groups.</summary>
public sealed class TestEnvironment : ILogicalUnitEnvironment
{
    /// <inheritdoc/>
    public string? UnitSerialNumber { get; set; } = "3b5b1a6e-52c9-4f6b-9a54-9d1c8f0e7a21";

    /// <inheritdoc/>
    public ITargetPortGroups? TargetPortGroups { get; set; }
}

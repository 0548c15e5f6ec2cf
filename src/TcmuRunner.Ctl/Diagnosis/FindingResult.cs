// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl.Diagnosis;

/// <summary>How a check ended.</summary>
internal enum FindingResult
{
    /// <summary>As it should be.</summary>
    Good = 0,

    /// <summary>Worth knowing; disks are served all the same.</summary>
    Note = 1,

    /// <summary>Disks, or some disks, cannot be served or controlled.</summary>
    Problem = 2,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Uio;

/// <summary>What reading the event counter told.</summary>
internal enum UioEvent
{
    /// <summary>The counter has not changed since it was read last.</summary>
    None = 0,

    /// <summary>The counter has changed: the ring may hold new entries.</summary>
    Raised = 1,

    /// <summary>The kernel has removed the device.</summary>
    Gone = 2,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>How it is decided which of several gateways may use the backing store (SPC-5 5.18.2.2).</summary>
internal enum FailoverMode
{
    /// <summary>The target port groups have not been read yet.</summary>
    Unknown,

    /// <summary>There are no groups, or they are always active: every gateway serves, and the backing store sees to it that they agree.</summary>
    None,

    /// <summary>The first gateway that is asked to change the medium takes the lock.</summary>
    Implicit,

    /// <summary>SET TARGET PORT GROUPS decides.</summary>
    Explicit,
}

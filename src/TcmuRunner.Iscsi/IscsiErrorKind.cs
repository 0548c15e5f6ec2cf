// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi;

/// <summary>Why something could not be done.</summary>
public enum IscsiErrorKind
{
    /// <summary>The system failed; the message says how.</summary>
    Failed = 0,

    /// <summary>The configuration contradicts itself or the protocol.</summary>
    InvalidConfiguration = 1,

    /// <summary>A portal's address is in use, or not this machine's, or needs rights.</summary>
    PortalUnavailable = 2,
}

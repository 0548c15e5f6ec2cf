// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Login;

/// <summary>Which digests (RFC 7143 13.1) a portal group takes.</summary>
public enum DigestChoice
{
    /// <summary>The first one in the initiator's list that we have.</summary>
    InitiatorDecides = 0,

    /// <summary>None.</summary>
    None = 1,

    /// <summary>CRC32C, and no login without.</summary>
    Crc32C = 2,
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Pdus;

/// <summary>Status class and detail of a Login Response (RFC 7143 11.13.5).</summary>
public enum LoginStatus : ushort
{
    /// <summary>The login goes on, or is over.</summary>
    Success = 0x0000,

    /// <summary>The initiator broke a rule.</summary>
    InitiatorError = 0x0200,

    /// <summary>It could not prove who it is, or did not try.</summary>
    AuthenticationFailure = 0x0201,

    /// <summary>It may not use this target.</summary>
    AuthorizationFailure = 0x0202,

    /// <summary>There is no such target at this portal.</summary>
    NotFound = 0x0203,

    /// <summary>None of its versions of the protocol is ours.</summary>
    UnsupportedVersion = 0x0205,

    /// <summary>The session has as many connections as it may have.</summary>
    TooManyConnections = 0x0206,

    /// <summary>InitiatorName or TargetName is missing.</summary>
    MissingParameter = 0x0207,

    /// <summary>The SessionType is unknown.</summary>
    SessionTypeNotSupported = 0x0209,

    /// <summary>The session that the connection wants to join does not exist.</summary>
    SessionDoesNotExist = 0x020A,

    /// <summary>The kind of request is not allowed during a login.</summary>
    InvalidDuringLogin = 0x020B,

    /// <summary>The target failed.</summary>
    TargetError = 0x0300,

    /// <summary>The target takes no sessions now.</summary>
    ServiceUnavailable = 0x0301,

    /// <summary>The target has no room for another session.</summary>
    OutOfResources = 0x0302,
}

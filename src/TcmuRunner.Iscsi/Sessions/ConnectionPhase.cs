// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Sessions;

/// <summary>Where a connection is in its life.</summary>
internal enum ConnectionPhase : byte
{
    /// <summary>Only Login Requests are taken.</summary>
    Login = 0,

    /// <summary>The login is answered as soon as the session's place is free.</summary>
    LoginWaits = 1,

    /// <summary>Commands are taken.</summary>
    FullFeature = 2,

    /// <summary>What is queued is still sent; what comes is thrown away.</summary>
    Ending = 3,

    /// <summary>The socket is closed.</summary>
    Closed = 4,
}

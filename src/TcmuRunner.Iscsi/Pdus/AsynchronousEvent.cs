// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi.Pdus;

/// <summary>What an Asynchronous Message tells (RFC 7143 11.9.1).</summary>
internal enum AsynchronousEvent : byte
{
    ScsiEvent = 0,
    LogoutRequest = 1,
    ConnectionDropped = 2,
    AllConnectionsDropped = 3,
}

// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Microsoft.Extensions.Logging;
using TcmuRunner.Iscsi.Pdus;

namespace TcmuRunner.Iscsi;

/// <summary>The front's messages: life of the front 3000 to 3019, sessions 3020 to 3039, connections and protocol 3040 to 3079.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Information, "iSCSI listens on {Portal}")]
    internal static partial void Listening(ILogger logger, IPEndPoint portal);

    [LoggerMessage(3001, LogLevel.Information, "iSCSI no longer listens on {Portal}")]
    internal static partial void ListeningEnded(ILogger logger, IPEndPoint portal);

    [LoggerMessage(3002, LogLevel.Error, "Connections at {Portal} cannot be accepted: error {Errno}; the next attempt is in a second")]
    internal static partial void AcceptFailed(ILogger logger, IPEndPoint portal, int errno);

    [LoggerMessage(3003, LogLevel.Warning, "A connection from {Remote} is closed at once: there are {Count} already, or the front stops")]
    internal static partial void ConnectionRefused(ILogger logger, IPEndPoint remote, int count);

    [LoggerMessage(3004, LogLevel.Critical, "The loop {Loop} of the iSCSI front failed; its sessions are lost")]
    internal static partial void HubFailed(ILogger logger, Exception exception, string loop);

    [LoggerMessage(3005, LogLevel.Information, "iSCSI serves {TargetCount} targets with {LunCount} logical units")]
    internal static partial void ConfigurationApplied(ILogger logger, int targetCount, int lunCount);

    [LoggerMessage(3006, LogLevel.Warning, "{Count} iSCSI sessions did not end within {Seconds} s and are left behind")]
    internal static partial void StopIncomplete(ILogger logger, int count, double seconds);

    [LoggerMessage(3007, LogLevel.Error, "The iSCSI portal {Portal} failed")]
    internal static partial void PortalFailed(ILogger logger, Exception exception, IPEndPoint portal);

    [LoggerMessage(3020, LogLevel.Information, "{Initiator} at {Remote} has logged in to {Target}")]
    internal static partial void SessionOpened(ILogger logger, string initiator, IPEndPoint remote, string target);

    [LoggerMessage(3021, LogLevel.Information, "{Initiator} logs in to {Target} again; its old session ends")]
    internal static partial void SessionReinstated(ILogger logger, string initiator, string target);

    [LoggerMessage(3022, LogLevel.Information, "{Initiator} at {Remote} adds connection {ConnectionId} to its session")]
    internal static partial void ConnectionJoined(ILogger logger, string initiator, IPEndPoint remote, ushort connectionId);

    [LoggerMessage(3023, LogLevel.Information, "{Initiator} at {Remote} has logged out")]
    internal static partial void LoggedOut(ILogger logger, string initiator, IPEndPoint remote);

    [LoggerMessage(3024, LogLevel.Information, "The session of {Initiator} with {Target} is ended: the configuration no longer allows it")]
    internal static partial void SessionEnded(ILogger logger, string initiator, string target);

    [LoggerMessage(3025, LogLevel.Information, "A connection of {Initiator} is closed: its portal {Portal} is gone")]
    internal static partial void PortalTakenAway(ILogger logger, string initiator, IPEndPoint portal);

    [LoggerMessage(3026, LogLevel.Information, "{Initiator} is asked to log out of {Target} within {Seconds} s")]
    internal static partial void LogoutRequested(ILogger logger, string initiator, string target, double seconds);

    [LoggerMessage(3027, LogLevel.Warning, "{Initiator} at {Remote} was asked to log out and did not: the connection is closed")]
    internal static partial void LogoutOverdue(ILogger logger, string initiator, IPEndPoint remote);

    [LoggerMessage(3028, LogLevel.Warning, "{Device} is no longer served, and {Count} commands are still with its handler after {Seconds} s")]
    internal static partial void DrainIncomplete(ILogger logger, string device, int count, double seconds);

    [LoggerMessage(3040, LogLevel.Warning, "{Initiator} at {Remote} is refused ({Status}): {Reason}")]
    internal static partial void LoginRefused(ILogger logger, string initiator, IPEndPoint remote, LoginStatus status, string reason);

    [LoggerMessage(3041, LogLevel.Warning, "{Initiator} at {Remote} did not complete its login within {Seconds} s")]
    internal static partial void LoginTimedOut(ILogger logger, string initiator, IPEndPoint remote, double seconds);

    [LoggerMessage(3042, LogLevel.Warning, "{Initiator} at {Remote} breaks the protocol, the connection is closed: {Reason}")]
    internal static partial void ProtocolBroken(ILogger logger, string initiator, IPEndPoint remote, string reason);

    [LoggerMessage(3043, LogLevel.Information, "{Initiator} at {Remote} has closed its connection")]
    internal static partial void ConnectionEnded(ILogger logger, string initiator, IPEndPoint remote);

    [LoggerMessage(3044, LogLevel.Warning, "The connection with {Initiator} at {Remote} is lost: error {Errno}")]
    internal static partial void ConnectionLost(ILogger logger, string initiator, IPEndPoint remote, int errno);

    [LoggerMessage(3045, LogLevel.Warning, "{Initiator} at {Remote} has given no sign of life for {Seconds} s; the connection is closed")]
    internal static partial void InitiatorSilent(ILogger logger, string initiator, IPEndPoint remote, double seconds);

    [LoggerMessage(3046, LogLevel.Error, "The connection with {Initiator} at {Remote} failed and is closed")]
    internal static partial void ConnectionFailed(ILogger logger, Exception exception, string initiator, IPEndPoint remote);

    [LoggerMessage(3047, LogLevel.Warning, "{Initiator} at {Remote}: {Opcode} is rejected, {Reason}")]
    internal static partial void Rejected(ILogger logger, string initiator, IPEndPoint remote, Opcode opcode, RejectReason reason);

    [LoggerMessage(3048, LogLevel.Debug, "{Initiator}: command {Number} is outside the window {First} to {Last} and is dropped")]
    internal static partial void OutsideWindow(ILogger logger, string initiator, uint number, uint first, uint last);

    [LoggerMessage(3049, LogLevel.Debug, "{Initiator}: data for task {Tag} come too late or belong to nothing")]
    internal static partial void StrayData(ILogger logger, string initiator, uint tag);

    [LoggerMessage(3050, LogLevel.Warning, "{Initiator}: data of task {Tag} are missing or out of order; the command fails")]
    internal static partial void TransferFailed(ILogger logger, string initiator, uint tag);

    [LoggerMessage(3070, LogLevel.Debug, "A connection from {Remote} ended before its login: error {Errno}")]
    internal static partial void VisitorLeft(ILogger logger, IPEndPoint remote, int errno);
}

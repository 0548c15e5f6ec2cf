// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.DBus;

/// <summary>The messages of the D-Bus side. Ids 5000 to 5999; an id is never used again for something else.</summary>
internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information, "{BusName} is on the bus as {UniqueName}")]
    internal static partial void ServerReady(this ILogger logger, string busName, string uniqueName);

    [LoggerMessage(5001, LogLevel.Warning, "{BusName} is not on the bus: {Reason} It is tried again; disks are served meanwhile")]
    internal static partial void ServerUnavailable(this ILogger logger, string busName, string reason);

    [LoggerMessage(5002, LogLevel.Debug, "{BusName} has left the bus")]
    internal static partial void ServerStopped(this ILogger logger, string busName);

    [LoggerMessage(5010, LogLevel.Information, "The external handler {Subtype} is registered by {BusName}")]
    internal static partial void ExternalRegistered(this ILogger logger, string subtype, string busName);

    [LoggerMessage(5011, LogLevel.Information, "The external handler {Subtype} has left the bus")]
    internal static partial void ExternalVanished(this ILogger logger, string subtype);

    [LoggerMessage(5012, LogLevel.Warning, "The external handler '{Subtype}' is refused: {Reason}")]
    internal static partial void ExternalRefused(this ILogger logger, string subtype, string reason);

    [LoggerMessage(5020, LogLevel.Warning, "The devices cannot be looked at for D-Bus: {Reason}")]
    internal static partial void DevicesUnreadable(this ILogger logger, string reason);
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>Event ids 8300 to 8399.</summary>
internal static partial class Log
{
    [LoggerMessage(8300, LogLevel.Information, "{Device}: made the image '{Path}' as {Profile}: {Zones} zones of {ZoneBytes} bytes")]
    public static partial void Formatted(ILogger logger, string device, string path, string profile, int zones, long zoneBytes);

    [LoggerMessage(
        8301, LogLevel.Warning, "{Device}: '{Path}' was not closed: its zones go on where they were when the last daemon ended")]
    public static partial void TakenOver(ILogger logger, string device, string path);

    [LoggerMessage(8302, LogLevel.Information, "{Device}: imported '{Path}', an image of the C program's handler '{Handler}'")]
    public static partial void Imported(ILogger logger, string device, string path, string handler);

    [LoggerMessage(8303, LogLevel.Warning, "{Device}: the image '{Path}' could not be closed in order: {Reason}. The next open recovers it")]
    public static partial void NotClosed(ILogger logger, string device, string path, string reason);

    [LoggerMessage(8304, LogLevel.Warning, "{Device}: the fault of zone {Zone} is {Fault} now, by the administrator's wish")]
    public static partial void FaultChanged(ILogger logger, string device, int zone, ZoneFault fault);
}

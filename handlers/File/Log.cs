// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Handlers.File;

/// <summary>Event ids 8000 to 8099.</summary>
internal static partial class Log
{
    [LoggerMessage(8000, LogLevel.Information, "{Device}: made the backing file '{Path}' with {SizeBytes} bytes, sparse")]
    public static partial void Created(ILogger logger, string device, string path, long sizeBytes);

    [LoggerMessage(
        8001, LogLevel.Warning, "{Device}: '{Path}' has {LengthBytes} bytes; what lies behind the device's {SizeBytes} is kept but not reachable")]
    public static partial void LargerThanDevice(ILogger logger, string device, string path, long lengthBytes, long sizeBytes);
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>Event ids 8500 to 8599.</summary>
internal static partial class Log
{
    [LoggerMessage(8500, LogLevel.Information, "{Device}: made the file '{Path}' in the Gluster volume '{Volume}' with {SizeBytes} bytes, sparse")]
    public static partial void Created(ILogger logger, string device, string path, string volume, long sizeBytes);

    [LoggerMessage(
        8501, LogLevel.Warning, "{Device}: '{Path}' has {LengthBytes} bytes; what lies behind the device's {SizeBytes} is kept but not reachable")]
    public static partial void LargerThanDevice(ILogger logger, string device, string path, long lengthBytes, long sizeBytes);

    [LoggerMessage(8502, LogLevel.Warning, "{Device}: Gluster's library cannot write its log '{Path}'")]
    public static partial void CannotLog(ILogger logger, string device, string path);

    [LoggerMessage(8503, LogLevel.Warning, "{Device}: '{Path}' could not be closed in order: the volume is away")]
    public static partial void CannotClose(ILogger logger, string device, string path);

    // The library has no way to ask a volume for its settings that works.
    [LoggerMessage(
        8504, LogLevel.Warning,
        "{Device}: connected to the Gluster volume '{Volume}'. Unless 'gluster volume set {Volume} group gluster-block' was done, reads of the disk may give old data")]
    public static partial void Connected(ILogger logger, string device, string volume);
}

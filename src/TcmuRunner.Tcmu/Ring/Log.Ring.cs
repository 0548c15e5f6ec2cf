// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Tcmu.Ring;

namespace TcmuRunner.Tcmu;

// Ids 1000 to 1099: the ring and the device that serves it.
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Error, "{Device}: command {CommandId} was refused: {Reason}.")]
    internal static partial void InvalidEntry(ILogger logger, string device, ushort commandId, string reason);

    [LoggerMessage(1001, LogLevel.Warning, "{Device}: an entry with the unknown opcode {EntryOpcode} was skipped.")]
    internal static partial void UnknownEntry(ILogger logger, string device, uint entryOpcode);

    [LoggerMessage(1002, LogLevel.Information, "{Device}: the initiator sent {Function}; {Count} commands are asked to give up.")]
    internal static partial void TaskManagement(ILogger logger, string device, TaskManagementFunction function, uint count);

    [LoggerMessage(1003, LogLevel.Warning,
        "{Device}: command {CommandId}, {Command}, has been running for more than {Seconds} s and is asked to give up.")]
    internal static partial void CommandOverdue(ILogger logger, string device, ushort commandId, string command, uint seconds);

    [LoggerMessage(1004, LogLevel.Error, "{Device}: command {CommandId} was completed a second time; the second answer is dropped.")]
    internal static partial void CompletedTwice(ILogger logger, string device, ushort commandId);

    [LoggerMessage(1005, LogLevel.Error, "{Device}: the handler failed while command {CommandId} was being cancelled.")]
    internal static partial void CancellationFailed(ILogger logger, Exception exception, string device, ushort commandId);

    [LoggerMessage(1010, LogLevel.Error, "{Device}: {Uio} is no longer served: its ring cannot be trusted.")]
    internal static partial void DeviceFailed(ILogger logger, Exception exception, string device, string uio);

    [LoggerMessage(1011, LogLevel.Information, "{Device}: the kernel has removed {Uio}.")]
    internal static partial void DeviceGone(ILogger logger, string device, string uio);

    [LoggerMessage(
        1012,
        LogLevel.Error,
        "{Device}: the handler still has {Count} commands {Seconds} s after it was asked to stop. "
            + "{Uio} is abandoned until it is done with them.")]
    internal static partial void DeviceAbandoned(ILogger logger, string device, string uio, int count, double seconds);

    [LoggerMessage(1013, LogLevel.Error, "{Device}: the device could not be closed in order.")]
    internal static partial void CloseFailed(ILogger logger, Exception exception, string device);
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu;

/// <summary>Messages of the control side: netlink 1100 to 1119, configfs 1120 to 1139, life cycle of devices 1140 to 1199.</summary>
internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Error, "The netlink socket failed; new devices, resizes and removals wait until there is another one.")]
    internal static partial void NetlinkFailed(ILogger logger, Exception exception);

    [LoggerMessage(1101, LogLevel.Error,
        "The reply to {Command} for device id {DeviceId} could not be sent; its administrator may be waiting.")]
    internal static partial void ReplyNotSent(ILogger logger, TcmuCommand command, uint deviceId, Exception exception);

    [LoggerMessage(1102, LogLevel.Debug, "Nobody waited for reply {SequenceNumber}.")]
    internal static partial void ReplyNotAwaited(ILogger logger, uint sequenceNumber);

    [LoggerMessage(1103, LogLevel.Warning, "The kernel refused reply {SequenceNumber}: {Reason}.")]
    internal static partial void ReplyRefused(ILogger logger, uint sequenceNumber, string reason);

    [LoggerMessage(1104, LogLevel.Warning,
        "This kernel takes no replies (family version {Version}): a device that cannot be opened stays, and is tried again.")]
    internal static partial void RepliesNotSupported(ILogger logger, byte version);

    [LoggerMessage(1105, LogLevel.Warning, "Netlink events were lost; the devices are looked for in sysfs.")]
    internal static partial void EventsLost(ILogger logger);

    [LoggerMessage(1106, LogLevel.Warning, "The kernel sent a {Command} event that cannot be used: {Reason}")]
    internal static partial void EventRefused(ILogger logger, TcmuCommand command, string reason);

    [LoggerMessage(1107, LogLevel.Error, "{Command} of {Device} failed.")]
    internal static partial void EventFailed(ILogger logger, TcmuCommand command, string device, Exception exception);

    [LoggerMessage(1108, LogLevel.Warning, "The creation of {Device} was refused: no handler for '{Subtype}' is loaded.")]
    internal static partial void ForeignRefused(ILogger logger, string device, string subtype);

    [LoggerMessage(1109, LogLevel.Information, "{Device} (uio{Minor}) is left alone: no handler for '{Subtype}' is loaded.")]
    internal static partial void ForeignFound(ILogger logger, string device, int minor, string subtype);

    [LoggerMessage(1110, LogLevel.Information, "The devices are in step with the kernel again.")]
    internal static partial void Recovered(ILogger logger);

    [LoggerMessage(1111, LogLevel.Debug, "There is no new netlink socket yet; the next attempt is in {Seconds} s.")]
    internal static partial void NetlinkNotReopened(ILogger logger, double seconds, Exception exception);

    [LoggerMessage(1112, LogLevel.Information, "There is a new netlink socket.")]
    internal static partial void NetlinkReopened(ILogger logger);

    [LoggerMessage(1113, LogLevel.Warning, "{Command} for device id {DeviceId} is not answered: there is no netlink socket any more.")]
    internal static partial void ReplyAbandoned(ILogger logger, TcmuCommand command, uint? deviceId);

    [LoggerMessage(1120, LogLevel.Warning, "{Device}: {Reason}")]
    internal static partial void AttributeFailed(ILogger logger, string device, string reason);

    [LoggerMessage(1121, LogLevel.Warning, "A device in sysfs cannot be used: {Reason}")]
    internal static partial void BadUioName(ILogger logger, string reason);

    [LoggerMessage(1122, LogLevel.Warning, "Netlink could not be switched: {Reason}")]
    internal static partial void NetlinkSwitchFailed(ILogger logger, string reason);

    [LoggerMessage(1140, LogLevel.Information, "{Device} ({Uio}) is being served, {SizeBytes} bytes.")]
    internal static partial void DeviceServing(ILogger logger, string device, string uio, long sizeBytes);

    [LoggerMessage(1141, LogLevel.Error, "{Device} ({Uio}) was refused: {Reason}")]
    internal static partial void DeviceRefused(ILogger logger, string device, string uio, string reason);

    [LoggerMessage(1142, LogLevel.Error, "{Device} ({Uio}) cannot be served, and is tried again: {Reason}")]
    internal static partial void DeviceRetried(ILogger logger, string device, string uio, string reason);

    [LoggerMessage(1143, LogLevel.Error, "{Device} ({Uio}) cannot be served: {Reason}")]
    internal static partial void DeviceFailedForGood(ILogger logger, string device, string uio, string reason);

    [LoggerMessage(1144, LogLevel.Warning,
        "{Device} is not being served (command time-out {Seconds} s); its commands end with errors from now on.")]
    internal static partial void DeviceReleased(ILogger logger, string device, double seconds);

    [LoggerMessage(1145, LogLevel.Information, "{Device} was changed: {Change}.")]
    internal static partial void DeviceReconfigured(ILogger logger, string device, string change);

    [LoggerMessage(1146, LogLevel.Error, "{Device} was not changed ({Change}): {Reason}")]
    internal static partial void ReconfigureRefused(ILogger logger, string device, string change, string reason);

    [LoggerMessage(1147, LogLevel.Information, "{Device} ({Uio}) was removed.")]
    internal static partial void DeviceRemoved(ILogger logger, string device, string uio);

    [LoggerMessage(1148, LogLevel.Information, "{Device} ({Uio}) waits for the next daemon.")]
    internal static partial void DeviceHandedOver(ILogger logger, string device, string uio);

    [LoggerMessage(1149, LogLevel.Error, "{Device}: its handler did not finish within {Seconds} s and is left behind.")]
    internal static partial void OperationAbandoned(ILogger logger, string device, double seconds);

    [LoggerMessage(1150, LogLevel.Warning,
        "{Device}: {InFlight} commands were not answered within {Seconds} s; the next daemon has them sent again.")]
    internal static partial void DrainIncomplete(ILogger logger, string device, double seconds, int inFlight);

    [LoggerMessage(1151, LogLevel.Error, "{Device} could not be closed.")]
    internal static partial void CloseOfDeviceFailed(ILogger logger, string device, Exception exception);

    [LoggerMessage(1152, LogLevel.Information, "TCMU is ready: {Serving} of {Found} devices are being served, {Foreign} belong to others.")]
    internal static partial void FrontStarted(ILogger logger, int serving, int found, int foreign);

    [LoggerMessage(1153, LogLevel.Warning, "{Count} devices have not been opened within {Seconds} s; they go on in the background.")]
    internal static partial void StartIncomplete(ILogger logger, int count, double seconds);
}

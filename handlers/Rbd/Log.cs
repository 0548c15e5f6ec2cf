// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>Event ids 8400 to 8499.</summary>
internal static partial class Log
{
    [LoggerMessage(8400, LogLevel.Information, "{Device}: made the image '{Image}' with {SizeBytes} bytes")]
    public static partial void Created(ILogger logger, string device, string image, long sizeBytes);

    [LoggerMessage(
        8401, LogLevel.Warning,
        "{Device}: osd_op_timeout={Wanted} is not longer than the {Detection} s in which the cluster notices a dead OSD; {Used} s are used instead")]
    public static partial void TimeoutTooShort(ILogger logger, string device, int wanted, int used, int detection);

    [LoggerMessage(8402, LogLevel.Warning, "{Device}: Ceph's library refuses the setting {Key} = {Value} (error {Errno})")]
    public static partial void SettingRefused(ILogger logger, string device, string key, string value, int errno);

    [LoggerMessage(
        8403, LogLevel.Warning,
        "{Device}: settings of the image '{Image}' or its pool switch librbd's write cache on: the disk has a volatile write cache until they are gone")]
    public static partial void CacheForced(ILogger logger, string device, string image);

    [LoggerMessage(
        8404, LogLevel.Warning,
        "{Device}: the image '{Image}' has no exclusive lock: nothing keeps a second gateway from writing to it at the same time ('rbd feature enable')")]
    public static partial void NoExclusiveLock(ILogger logger, string device, string image);

    [LoggerMessage(8405, LogLevel.Warning, "{Device}: '{Image}' has {ImageBytes} bytes; what lies behind the disk's {SizeBytes} is kept but not reachable")]
    public static partial void LargerThanDevice(ILogger logger, string device, string image, long imageBytes, long sizeBytes);

    [LoggerMessage(
        8408, LogLevel.Error,
        "{Device}: the cluster has shut this gateway out of '{Image}': another one has taken it over. Commands fail for {Seconds} s, then it is opened anew")]
    public static partial void ShutOut(ILogger logger, string device, string image, double seconds);

    [LoggerMessage(8409, LogLevel.Information, "{Device}: '{Image}' is open again")]
    public static partial void OpenAgain(ILogger logger, string device, string image);

    [LoggerMessage(8410, LogLevel.Error, "{Device}: cannot be opened again, next attempt in {Seconds} s: {Reason}")]
    public static partial void CannotReopen(ILogger logger, string device, double seconds, string reason);

    [LoggerMessage(8411, LogLevel.Information, "{Device}: is removed before it could be opened again")]
    public static partial void ReopenGivenUp(ILogger logger, string device);

    [LoggerMessage(8412, LogLevel.Debug, "{Device}: the address {Address} stays on the cluster's blocklist until it expires (error {Errno})")]
    public static partial void StaysListed(ILogger logger, string device, string address, int errno);

    [LoggerMessage(8413, LogLevel.Warning, "{Device}: the cluster's manager cannot be told of this disk (error {Errno})")]
    public static partial void CannotReport(ILogger logger, string device, int errno);

    [LoggerMessage(8414, LogLevel.Warning, "{Device}: took the lock of '{Image}' from {Owner}, which the cluster shuts out from now on")]
    public static partial void LockTaken(ILogger logger, string device, string image, string owner);

    [LoggerMessage(8415, LogLevel.Information, "{Device}: the lock of '{Image}' was held by {Owner}, a process of this machine that has ended")]
    public static partial void FormerLifeFound(ILogger logger, string device, string image, string owner);

    [LoggerMessage(8417, LogLevel.Information, "{Device}: '{Image}' was resized from {OldBytes} to {NewBytes} bytes")]
    public static partial void Resized(ILogger logger, string device, string image, long oldBytes, long newBytes);

    [LoggerMessage(8418, LogLevel.Warning, "{Device}: '{Image}' cannot be watched (error {Errno}): another size is not noticed, resize the disk by hand")]
    public static partial void CannotWatch(ILogger logger, string device, string image, int errno);

    [LoggerMessage(8419, LogLevel.Warning, "{Device}: the size of '{Image}' cannot be read (error {Errno}); a change is noticed with the next one")]
    public static partial void CannotLookAtSize(ILogger logger, string device, string image, int errno);

    [LoggerMessage(8416, LogLevel.Warning, "{Device}: '{Image}' cannot keep who uses it (error {Errno}); after a crash the first write waits half a minute")]
    public static partial void CannotRecord(ILogger logger, string device, string image, int errno);

    [LoggerMessage(8430, LogLevel.Warning, "{Device}: '{Image}' cannot keep which target port group has its lock (error {Errno}); other gateways do not report this one as active")]
    public static partial void CannotTag(ILogger logger, string device, string image, int errno);
}

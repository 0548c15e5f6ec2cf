// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>Messages of the engine; ids 2000 to 2999.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Error, "{Device}: the handler failed on a command (operation code {Opcode:X2}h); it ends with HARDWARE ERROR.")]
    public static partial void CommandFailed(ILogger logger, string device, byte opcode, Exception exception);

    [LoggerMessage(2001, LogLevel.Trace, "{Device}: {Command} -> {Result} after {Microseconds:F0} us", SkipEnabledCheck = true)]
    public static partial void CommandCompleted(ILogger logger, string device, string command, string result, double microseconds);

    [LoggerMessage(2002, LogLevel.Information, "{Device}: the capacity has changed from {OldBlocks} to {NewBlocks} blocks")]
    public static partial void CapacityChanged(ILogger logger, string device, long oldBlocks, long newBlocks);

    [LoggerMessage(2003, LogLevel.Information, "{Device}: the write cache is {State}")]
    public static partial void WriteCacheChanged(ILogger logger, string device, string state);

    [LoggerMessage(2004, LogLevel.Information, "{Device}: reconfigured to '{Configuration}'")]
    public static partial void Reconfigured(ILogger logger, string device, string configuration);

    [LoggerMessage(2005, LogLevel.Warning, "{Device}: a flush in the background (SYNCHRONIZE CACHE, IMMED) ended with {Result}")]
    public static partial void BackgroundFlushFailed(ILogger logger, string device, string result);

    [LoggerMessage(2006, LogLevel.Information, "{Device}: {Count} persistent registrations are back from '{Path}'")]
    public static partial void ReservationsRestored(ILogger logger, string device, int count, string path);

    [LoggerMessage(2007, LogLevel.Error, "{Device}: the persistent reservations could not be stored in '{Path}'; the command that changed them was refused")]
    public static partial void ReservationsNotStored(ILogger logger, string device, string path, Exception exception);

    [LoggerMessage(2008, LogLevel.Error, "{Device}: the work over the whole medium ({Operation}) ended with {Result}; until it is repeated the disk refuses access")]
    public static partial void SweepFailed(ILogger logger, string device, string operation, string result);

    [LoggerMessage(2009, LogLevel.Warning, "{Device}: the backing store is full; a write was refused, and the other initiators are warned. Free some space")]
    public static partial void StoreFull(ILogger logger, string device);

    [LoggerMessage(2023, LogLevel.Error, "{Device}: the backing store has another size, which the disk cannot take over: {Reason}")]
    public static partial void SizeNotFollowed(ILogger logger, string device, string reason);

    [LoggerMessage(2090, LogLevel.Warning, "{Device}: slow: {Command} of {Initiator} -> {Result} after {Milliseconds:F1} ms ({Untold} more since the last such line)")]
    public static partial void CommandSlow(ILogger logger, string device, string command, string result, double milliseconds, string initiator, int untold);

    [LoggerMessage(2010, LogLevel.Error, "{Device}: FORMAT UNIT or SANITIZE does not begin, because {Path} cannot be written: {Reason}")]
    internal static partial void MediumMarkNotSaved(ILogger logger, string device, string path, string reason);

    [LoggerMessage(2011, LogLevel.Error, "{Device}: FORMAT UNIT or SANITIZE has ended, but {Path} cannot be removed: it is done again at the next start. {Reason}")]
    internal static partial void MediumMarkNotRemoved(ILogger logger, string device, string path, string reason);

    [LoggerMessage(2012, LogLevel.Warning, "{Device}: its FORMAT UNIT was cut off by the end of the daemon; it takes no reads and writes until it is formatted")]
    internal static partial void FormatInterrupted(ILogger logger, string device);

    [LoggerMessage(2013, LogLevel.Warning, "{Device}: its SANITIZE was cut off by the end of the daemon, and goes on from its beginning")]
    internal static partial void SanitizeResumed(ILogger logger, string device);

    [LoggerMessage(2014, LogLevel.Information, "{Device}: failover between gateways is {Mode}; this one is target port group {Group}")]
    internal static partial void FailoverDecided(ILogger logger, string device, FailoverMode mode, ushort group);

    [LoggerMessage(2015, LogLevel.Information, "{Device}: this gateway (target port group {Group}) has the lock now, after {Seconds:F1} s")]
    internal static partial void LockTaken(ILogger logger, string device, ushort group, double seconds);

    [LoggerMessage(2016, LogLevel.Warning, "{Device}: the lock could not be taken ({Result} after {Seconds:F1} s)")]
    internal static partial void LockNotTaken(ILogger logger, string device, IoOutcome result, double seconds);

    [LoggerMessage(2017, LogLevel.Warning, "{Device}: another gateway has taken the lock; for {Seconds:F0} s this one does not ask for it again")]
    internal static partial void LockLost(ILogger logger, string device, double seconds);

    [LoggerMessage(2018, LogLevel.Warning, "{Device}: the lock bounces: lost {Count} times within five minutes. Look whether initiators use both gateways at a time (path policy, paths that come and go)")]
    internal static partial void LockBounces(ILogger logger, string device, int count);

    [LoggerMessage(2019, LogLevel.Information, "{Device}: the lock is given back ({Result})")]
    internal static partial void LockReleased(ILogger logger, string device, IoOutcome result);

    [LoggerMessage(2020, LogLevel.Warning, "{Device}: this process was stopped for a while; for {Seconds:F0} s it does not ask for the lock, since the commands in its buffers may be of another time")]
    internal static partial void Stalled(ILogger logger, string device, double seconds);

    [LoggerMessage(2021, LogLevel.Warning, "{Device}: which gateway has the lock could not be found out: {Reason}")]
    internal static partial void LockUnknown(ILogger logger, string device, string reason);

    [LoggerMessage(2022, LogLevel.Error, "{Device}: the handler failed over its lock; it counts as not held")]
    internal static partial void LockFailed(ILogger logger, string device, Exception exception);
}

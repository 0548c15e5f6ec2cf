// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow;

/// <summary>Event ids 8200 to 8299.</summary>
internal static partial class Log
{
    [LoggerMessage(8200, LogLevel.Error, "{Device}: '{Path}' contradicts itself: {Reason}. Nothing more is written to it; repair it with 'qemu-img check -r all'")]
    public static partial void Corrupt(ILogger logger, string device, string path, string reason);

    [LoggerMessage(8201, LogLevel.Error, "{Device}: the corrupt bit of '{Path}' cannot be set ({Outcome})")]
    public static partial void CorruptBitFailed(ILogger logger, string device, string path, IoOutcome outcome);

    [LoggerMessage(8202, LogLevel.Warning, "{Device}: '{Path}' was not closed cleanly ({Outcome}); some clusters may be lost until it is repaired")]
    public static partial void CloseFailed(ILogger logger, string device, string path, IoOutcome outcome);

    [LoggerMessage(8203, LogLevel.Error, "{Device}: the compressed cluster for byte {Offset} of '{Path}' cannot be read: {Reason}")]
    public static partial void CannotInflate(ILogger logger, string device, string path, long offset, string reason);

    [LoggerMessage(8204, LogLevel.Information, "{Device}: '{Path}' was not closed cleanly by its last user; its reference counts are built anew")]
    public static partial void RepairsDirty(ILogger logger, string device, string path);

    [LoggerMessage(8205, LogLevel.Warning, "{Device}: the dirty bitmaps in '{Path}' are invalid from now on: they are not kept up to date here")]
    public static partial void InvalidatesBitmaps(ILogger logger, string device, string path);

    [LoggerMessage(8206, LogLevel.Warning, "{Device}: '{Path}' looks like no qcow image and is served as raw; add 'format=raw' if that is what it is")]
    public static partial void ServedAsRaw(ILogger logger, string device, string path);

    [LoggerMessage(8207, LogLevel.Error, "{Device}: '{Path}' maps the disk's byte {Offset} to {Entry:X16}h, which no image may have")]
    public static partial void BadEntry(ILogger logger, string device, string path, long offset, ulong entry);

    [LoggerMessage(8208, LogLevel.Error, "{Device}: a command on '{Path}' failed in an unexpected way")]
    public static partial void Unexpected(ILogger logger, string device, string path, Exception failure);
}

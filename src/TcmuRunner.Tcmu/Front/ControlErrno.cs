// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Tcmu.Front;

/// <summary>The error number with which an administrator's write to configfs fails.</summary>
internal static class ControlErrno
{
    /// <summary>The status of a reply for a failure.</summary>
    /// <returns>A negative errno.</returns>
    internal static int StatusOf(Exception exception) => exception switch
    {
        HandlerException handler => -OfKind(handler.Kind),
        TcmuException { Errno: > 0 } tcmu => -tcmu.Errno,
        TimeoutException => -Errno.ETIMEDOUT,
        OperationCanceledException => -Errno.ENODEV,
        _ => -Errno.EIO,
    };

    private static int OfKind(HandlerErrorKind kind) => kind switch
    {
        HandlerErrorKind.InvalidConfiguration or HandlerErrorKind.SizeMismatch => Errno.EINVAL,
        HandlerErrorKind.NotFound => Errno.ENOENT,
        HandlerErrorKind.AccessDenied => Errno.EACCES,
        HandlerErrorKind.NotSupported => Errno.EOPNOTSUPP,
        HandlerErrorKind.NoSpace => Errno.ENOSPC,
        HandlerErrorKind.Busy => Errno.EBUSY,
        HandlerErrorKind.TimedOut => Errno.ETIMEDOUT,
        _ => Errno.EIO,
    };
}

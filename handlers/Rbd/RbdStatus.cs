// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>The one table from what librbd returns to what the engine understands.</summary>
internal static class RbdStatus
{
    /// <summary>Maps the result of an operation.</summary>
    /// <param name="result">What librbd returned: zero or more for success, or a negative errno.</param>
    /// <param name="failure">What an error is that has no line of its own: <see cref="IoOutcome.ReadError"/> or <see cref="IoOutcome.WriteError"/>.</param>
    public static IoStatus From(nint result, IoOutcome failure)
    {
        if (result >= 0)
        {
            return IoStatus.Good;
        }

        return -(int)result switch
        {
            NativeErrno.ETIMEDOUT => IoOutcome.TimedOut,

            // Ceph's own EBLOCKLISTED has the number of ESHUTDOWN. With EROFS another client holds the exclusive lock and does not give it away.
            NativeErrno.ESHUTDOWN or NativeErrno.EROFS => IoOutcome.Fenced,
            NativeErrno.EINVAL => IoOutcome.InvalidField,
            NativeErrno.ENOSPC or NativeErrno.EDQUOT => IoOutcome.NoSpace,
            NativeErrno.EPERM or NativeErrno.EACCES => failure == IoOutcome.WriteError ? IoOutcome.WriteProtected : failure,
            NativeErrno.ENOMEM => IoOutcome.OutOfResources,
            NativeErrno.EAGAIN or NativeErrno.EBUSY => IoOutcome.Busy,
            NativeErrno.ENOENT or NativeErrno.ENOTCONN => IoOutcome.NotReady,
            _ => failure,
        };
    }
}

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
            Errno.ETIMEDOUT => IoOutcome.TimedOut,

            // Ceph's own EBLOCKLISTED has the number of ESHUTDOWN. With EROFS another client holds the exclusive lock and does not give it away.
            Errno.ESHUTDOWN or Errno.EROFS => IoOutcome.Fenced,
            Errno.EINVAL => IoOutcome.InvalidField,
            Errno.ENOSPC or Errno.EDQUOT => IoOutcome.NoSpace,
            Errno.EPERM or Errno.EACCES => failure == IoOutcome.WriteError ? IoOutcome.WriteProtected : failure,
            Errno.ENOMEM => IoOutcome.OutOfResources,
            Errno.EAGAIN or Errno.EBUSY => IoOutcome.Busy,
            Errno.ENOENT or Errno.ENOTCONN => IoOutcome.NotReady,
            _ => failure,
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>The one table from libgfapi's errno to what the engine understands.</summary>
internal static class GlfsStatus
{
    /// <summary>Maps an error.</summary>
    /// <param name="errno">The error number.</param>
    /// <param name="isLocked">Whether the disk holds a mandatory lock: then a refusal means that it has lost it.</param>
    /// <param name="failure">What an error is that has no line of its own: <see cref="IoOutcome.ReadError"/> or <see cref="IoOutcome.WriteError"/>.</param>
    public static IoOutcome From(int errno, bool isLocked, IoOutcome failure) => errno switch
    {
        NativeErrno.ETIMEDOUT => IoOutcome.TimedOut,
        NativeErrno.EBUSY or NativeErrno.EAGAIN => isLocked ? IoOutcome.Fenced : IoOutcome.Busy,

        // When a thread of the library's calls managed code for the first time, the runtime makes itself known to it and the number is lost. The
        // initiator tries again, and the second time it is there.
        0 => IoOutcome.Busy,

        // The brick is away, and the library connects again by itself: until then the initiator should try again.
        NativeErrno.ENOTCONN => IoOutcome.Busy,
        NativeErrno.EBADFD or NativeErrno.ESTALE or NativeErrno.ENOENT => IoOutcome.NotReady,
        NativeErrno.EINVAL => IoOutcome.InvalidField,
        NativeErrno.ENOSPC or NativeErrno.EDQUOT => IoOutcome.NoSpace,
        NativeErrno.EROFS or NativeErrno.EPERM or NativeErrno.EACCES => failure == IoOutcome.WriteError ? IoOutcome.WriteProtected : failure,
        NativeErrno.ENOMEM => IoOutcome.OutOfResources,
        _ => failure,
    };
}

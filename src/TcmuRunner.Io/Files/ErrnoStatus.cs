// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

/// <summary>What an errno of a file operation means to the engine.</summary>
internal static class ErrnoStatus
{
    /// <param name="errno">A positive error number.</param>
    /// <param name="otherwise"><see cref="IoOutcome.ReadError"/> or <see cref="IoOutcome.WriteError"/>: what any other number means.</param>
    internal static IoStatus From(int errno, IoOutcome otherwise) => errno switch
    {
        Errno.ENOSPC or Errno.EDQUOT => IoOutcome.NoSpace,
        // EBADF: the descriptor was opened for reading only.
        Errno.EROFS or Errno.EPERM or Errno.EBADF => IoOutcome.WriteProtected,
        Errno.ENOMEM or Errno.EAGAIN => IoOutcome.OutOfResources,
        Errno.ECANCELED => IoOutcome.Aborted,
        Errno.ETIMEDOUT => IoOutcome.TimedOut,
        Errno.EOPNOTSUPP or Errno.ENOSYS => IoOutcome.NotSupported,
        _ => otherwise,
    };
}

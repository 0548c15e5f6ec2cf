// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Why a control operation on a handler failed; decides the error number that the administrator's tool sees.</summary>
public enum HandlerErrorKind
{
    /// <summary>None of the others (EIO).</summary>
    Failed = 0,

    /// <summary>The configuration string is wrong (EINVAL).</summary>
    InvalidConfiguration = 1,

    /// <summary>The backing store, or the directory it should stand in, does not exist (ENOENT).</summary>
    NotFound = 2,

    /// <summary>The daemon may not use the backing store (EACCES).</summary>
    AccessDenied = 3,

    /// <summary>The backing store's size does not fit the device's (EINVAL).</summary>
    SizeMismatch = 4,

    /// <summary>The handler or this backing store cannot do that (EOPNOTSUPP).</summary>
    NotSupported = 5,

    /// <summary>The backing store is full (ENOSPC).</summary>
    NoSpace = 6,

    /// <summary>Somebody else uses the backing store (EBUSY).</summary>
    Busy = 7,

    /// <summary>The backing store did not answer in time (ETIMEDOUT).</summary>
    TimedOut = 8,
}

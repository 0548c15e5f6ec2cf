// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>
/// Error numbers of Linux (asm-generic/errno.h) that libraries for storage clusters return: negated, or in errno. The same on every architecture
/// that .NET runs on.
/// </summary>
public static class NativeErrno
{
    /// <summary>Not permitted.</summary>
    public const int EPERM = 1;

    /// <summary>Does not exist.</summary>
    public const int ENOENT = 2;

    /// <summary>Try again.</summary>
    public const int EAGAIN = 11;

    /// <summary>No memory.</summary>
    public const int ENOMEM = 12;

    /// <summary>Access denied.</summary>
    public const int EACCES = 13;

    /// <summary>In use.</summary>
    public const int EBUSY = 16;

    /// <summary>Exists already.</summary>
    public const int EEXIST = 17;

    /// <summary>Invalid argument.</summary>
    public const int EINVAL = 22;

    /// <summary>No space left.</summary>
    public const int ENOSPC = 28;

    /// <summary>Read-only.</summary>
    public const int EROFS = 30;

    /// <summary>Not implemented.</summary>
    public const int ENOSYS = 38;

    /// <summary>The file descriptor is in a bad state.</summary>
    public const int EBADFD = 77;

    /// <summary>Ceph: the compared data differ.</summary>
    public const int EILSEQ = 84;

    /// <summary>Not supported.</summary>
    public const int EOPNOTSUPP = 95;

    /// <summary>Not connected.</summary>
    public const int ENOTCONN = 107;

    /// <summary>Ceph: this client is blocklisted.</summary>
    public const int ESHUTDOWN = 108;

    /// <summary>Timed out.</summary>
    public const int ETIMEDOUT = 110;

    /// <summary>The handle is stale.</summary>
    public const int ESTALE = 116;

    /// <summary>Over the quota.</summary>
    public const int EDQUOT = 122;
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>The exclusive lock of an image. Every member blocks until the cluster answers.</summary>
internal static unsafe class ImageLock
{
    private const int MaximumOwners = 8;

    /// <summary>Who holds the lock, as <c>address:port/nonce</c>; null for nobody, or where the image has no such lock.</summary>
    /// <param name="image">librbd's handle.</param>
    /// <param name="result">Zero or a negative errno.</param>
    public static string? FindOwner(nint image, out int result)
    {
        byte** owners = stackalloc byte*[MaximumOwners];
        nuint count = MaximumOwners;
        result = LibRbd.rbd_lock_get_owners(image, out int mode, owners, &count);
        if (result < 0)
        {
            // That nobody holds it is an error of this call.
            result = result == -NativeErrno.ENOENT ? 0 : result;
            return null;
        }

        string? owner = count > 0 && mode == LibRbd.RBD_LOCK_MODE_EXCLUSIVE ? Marshal.PtrToStringUTF8((nint)owners[0]) : null;
        LibRbd.rbd_lock_get_owners_cleanup(owners, count);
        return owner;
    }

    /// <summary>Whether this client holds the lock.</summary>
    public static bool IsOwner(nint image) => LibRbd.rbd_is_exclusive_lock_owner(image, out int isOwner) >= 0 && isOwner != 0;

    /// <summary>
    /// Takes the lock and keeps it: another client's requests for it are refused. Its holder is shut out of the cluster before, alive or dead,
    /// so that nothing of his reaches the image any more.
    /// </summary>
    /// <param name="image">librbd's handle.</param>
    /// <param name="mayBreak">Whether the lock is taken from somebody who holds it.</param>
    /// <returns>Zero; <c>-EBUSY</c> when somebody holds it and must not lose it; or another negative errno.</returns>
    public static int Acquire(nint image, bool mayBreak)
    {
        // A holder may come between the question and the acquisition; more than a few of them fight for the image.
        const int Attempts = 3;
        int result = 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (IsOwner(image))
            {
                return LibRbd.rbd_lock_acquire(image, LibRbd.RBD_LOCK_MODE_EXCLUSIVE);
            }

            string? owner = FindOwner(image, out result);
            if (owner is not null && !mayBreak)
            {
                return -NativeErrno.EBUSY;
            }

            if (owner is not null && (result = Break(image, owner)) < 0)
            {
                return result;
            }

            result = result < 0 ? result : LibRbd.rbd_lock_acquire(image, LibRbd.RBD_LOCK_MODE_EXCLUSIVE);
            if (result is not (-NativeErrno.EROFS or -NativeErrno.EBUSY))
            {
                return result;
            }
        }

        return result;
    }

    /// <summary>Shuts a holder of the lock out of the cluster (blocklists him) and takes the lock away from him.</summary>
    /// <returns>Zero, also when he has given it up meanwhile; or a negative errno.</returns>
    public static int Break(nint image, string owner)
    {
        int result = LibRbd.rbd_lock_break(image, LibRbd.RBD_LOCK_MODE_EXCLUSIVE, owner);
        return result is -NativeErrno.ENOENT or -NativeErrno.EBUSY ? 0 : result;
    }
}

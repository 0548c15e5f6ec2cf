// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

/// <summary>
/// The locks by which QEMU, qemu-img and qemu-nbd keep each other from using one image at a time, taken here as well: against them, and
/// against a second device on the same file, in this process or in another one.
/// </summary>
/// <remarks>
/// QEMU's protocol (block/file-posix.c): every right that a user of the image exercises is a read lock on byte 100 + n, every right that it
/// denies to others one on byte 200 + n. Who comes takes its own locks first and then asks whether anybody holds the opposite ones, so that of
/// two who come at once at least one sees the other. The locks belong to the open file description (F_OFD_SETLK) and go with it, also when the
/// process is killed.
/// </remarks>
internal static unsafe class ImageLocks
{
    private const int UsedBase = 100;
    private const int DeniedBase = 200;

    /// <summary>QEMU's BLK_PERM bits.</summary>
    [Flags]
    private enum Rights
    {
        ConsistentRead = 1 << 0,
        Write = 1 << 1,
        WriteUnchanged = 1 << 2,
        Resize = 1 << 3,
    }

    /// <summary>Takes the locks of a reader or of a writer; without effect where the file system has none.</summary>
    /// <exception cref="HandlerException"><see cref="HandlerErrorKind.Busy"/>: somebody uses the image in a way that does not go together.</exception>
    internal static void Take(FileDescriptor descriptor, string path, bool isReadOnly)
    {
        Rights used = isReadOnly ? Rights.ConsistentRead : Rights.ConsistentRead | Rights.Write | Rights.Resize;
        const Rights denied = Rights.Write | Rights.Resize;
        if (!TryLock(descriptor, UsedBase, used) || !TryLock(descriptor, DeniedBase, denied))
        {
            return;
        }

        if (IsHeld(descriptor, DeniedBase, used) || IsHeld(descriptor, UsedBase, denied))
        {
            throw new HandlerException(
                HandlerErrorKind.Busy,
                $"'{path}' is in use: another device, a virtual machine or qemu-img has it open{(isReadOnly ? " for writing" : string.Empty)}. "
                + "Two writers would destroy it; stop the other one, or find it with 'lsof'.");
        }
    }

    /// <summary>
    /// Gives all locks back, before the descriptor is closed: a process that is being started at this moment has a copy of it until it becomes
    /// another program, and would keep them.
    /// </summary>
    internal static void Release(FileDescriptor descriptor)
    {
        // Fails where the file system has no locks.
        var range = new Libc.FileLock { Type = Libc.F_UNLCK, Start = UsedBase, Length = (DeniedBase - UsedBase) * 2 };
        _ = Libc.FcntlLock(descriptor.Number, Libc.F_OFD_SETLK, &range);
    }

    private static bool TryLock(FileDescriptor descriptor, int start, Rights rights)
    {
        for (int bit = 0; (int)rights >> bit != 0; bit++)
        {
            if (((int)rights >> bit & 1) == 0)
            {
                continue;
            }

            Libc.FileLock range = ByteLock(Libc.F_RDLCK, start + bit);
            // A write lock in the way is none of QEMU's; a file system without locks says EINVAL, ENOLCK or EOPNOTSUPP.
            if (Libc.FcntlLock(descriptor.Number, Libc.F_OFD_SETLK, &range) < 0)
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsHeld(FileDescriptor descriptor, int start, Rights rights)
    {
        for (int bit = 0; (int)rights >> bit != 0; bit++)
        {
            Libc.FileLock range = ByteLock(Libc.F_WRLCK, start + bit);
            if (((int)rights >> bit & 1) != 0
                && Libc.FcntlLock(descriptor.Number, Libc.F_OFD_GETLK, &range) == 0
                && range.Type != Libc.F_UNLCK)
            {
                return true;
            }
        }

        return false;
    }

    private static Libc.FileLock ByteLock(short type, int offset) => new() { Type = type, Start = offset, Length = 1 };
}

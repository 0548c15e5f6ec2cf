// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Rbd;

/// <content>The exclusive lock and an image's own key-value pairs.</content>
internal static unsafe partial class LibRbd
{
    public const int RBD_LOCK_MODE_EXCLUSIVE = 0;

    [LibraryImport(Library)]
    public static partial int rbd_is_exclusive_lock_owner(nint image, out int is_owner);

    [LibraryImport(Library)]
    public static partial int rbd_lock_acquire(nint image, int lock_mode);

    [LibraryImport(Library)]
    public static partial int rbd_lock_release(nint image);

    [LibraryImport(Library)]
    public static partial int rbd_lock_get_owners(nint image, out int lock_mode, byte** lock_owners, nuint* max_lock_owners);

    [LibraryImport(Library)]
    public static partial void rbd_lock_get_owners_cleanup(byte** lock_owners, nuint lock_owner_count);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rbd_lock_break(nint image, int lock_mode, string lock_owner);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rbd_metadata_get(nint image, string key, byte* value, nuint* val_len);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rbd_metadata_set(nint image, string key, string value);
}

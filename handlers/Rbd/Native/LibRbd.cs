// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>rbd/librbd.h: images. Results are zero, a length, or a negative errno.</summary>
internal static unsafe partial class LibRbd
{
    public const string Library = "librbd.so.1";

    public const ulong RBD_FEATURE_EXCLUSIVE_LOCK = 1 << 2;

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rbd_open(nint io, string name, out nint image, string? snap_name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rbd_open_read_only(nint io, string name, out nint image, string? snap_name);

    [LibraryImport(Library)]
    public static partial int rbd_close(nint image);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rbd_create4(nint io, string name, ulong size, nint opts);

    [LibraryImport(Library)]
    public static partial void rbd_image_options_create(out nint opts);

    [LibraryImport(Library)]
    public static partial void rbd_image_options_destroy(nint opts);

    [LibraryImport(Library)]
    public static partial int rbd_stat(nint image, RbdImageInfo* info, nuint infosize);

    [LibraryImport(Library)]
    public static partial int rbd_get_size(nint image, out ulong size);

    [LibraryImport(Library)]
    public static partial int rbd_get_features(nint image, out ulong features);

    [LibraryImport(Library)]
    public static partial int rbd_get_stripe_unit(nint image, out ulong stripe_unit);

    [LibraryImport(Library)]
    public static partial int rbd_get_id(nint image, byte* id, nuint id_len);

    [LibraryImport(Library)]
    public static partial int rbd_update_watch(nint image, out ulong handle, delegate* unmanaged[Cdecl]<void*, void> watch_cb, void* arg);

    [LibraryImport(Library)]
    public static partial int rbd_update_unwatch(nint image, ulong handle);

    [LibraryImport(Library)]
    public static partial int rbd_resize(nint image, ulong size);

    [LibraryImport(Library)]
    public static partial int rbd_diff_iterate2(
        nint image, byte* fromsnapname, ulong ofs, ulong len, byte include_parent, byte whole_object,
        delegate* unmanaged[Cdecl]<ulong, nuint, int, void*, int> cb, void* arg);

    [LibraryImport(Library)]
    public static partial int rbd_aio_create_completion(void* cb_arg, delegate* unmanaged[Cdecl]<nint, void*, void> complete_cb, out nint c);

    [LibraryImport(Library)]
    public static partial void rbd_aio_release(nint c);

    [LibraryImport(Library)]
    public static partial nint rbd_aio_get_return_value(nint c);

    [LibraryImport(Library)]
    public static partial int rbd_aio_read(nint image, ulong off, nuint len, byte* buf, nint c);

    [LibraryImport(Library)]
    public static partial int rbd_aio_readv(nint image, IoVector* iov, int iovcnt, ulong off, nint c);

    [LibraryImport(Library)]
    public static partial int rbd_aio_writev(nint image, IoVector* iov, int iovcnt, ulong off, nint c);

    [LibraryImport(Library)]
    public static partial int rbd_aio_flush(nint image, nint c);

    [LibraryImport(Library)]
    public static partial int rbd_aio_discard(nint image, ulong off, ulong len, nint c);

    [LibraryImport(Library)]
    public static partial int rbd_aio_writesame(nint image, ulong off, nuint len, byte* buf, nuint data_len, nint c, int op_flags);

    [LibraryImport(Library)]
    public static partial nint rbd_aio_compare_and_write(
        nint image, ulong off, nuint len, byte* cmp_buf, byte* buf, nint c, ulong* mismatch_off, int op_flags);
}

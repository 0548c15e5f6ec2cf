// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TcmuRunner.Handlers.Rbd;

/// <summary>rados/librados.h: the connection to a cluster. Results are zero or a negative errno.</summary>
internal static unsafe partial class LibRados
{
    public const string Library = "librados.so.2";

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rados_create(out nint cluster, string? id);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rados_conf_read_file(nint cluster, string? path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rados_conf_set(nint cluster, string option, string value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rados_conf_get(nint cluster, string option, byte* buf, nuint len);

    [LibraryImport(Library)]
    public static partial int rados_connect(nint cluster);

    [LibraryImport(Library)]
    public static partial void rados_shutdown(nint cluster);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int rados_ioctx_create(nint cluster, string pool, out nint io);

    [LibraryImport(Library)]
    public static partial void rados_ioctx_destroy(nint io);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void rados_ioctx_set_namespace(nint io, string name);

    [LibraryImport(Library)]
    public static partial int rados_mon_command(
        nint cluster, byte** cmd, nuint cmdlen, byte* inbuf, nuint inbuflen, byte** outbuf, nuint* outbuflen, byte** outs, nuint* outslen);

    [LibraryImport(Library)]
    public static partial void rados_buffer_free(byte* buf);
}

// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Rbd;

/// <content>Functions that older libraries lack: looked up when first needed, absent ones are null.</content>
internal static unsafe partial class LibRados
{
    private static readonly nint s_library = NativeLibraries.Handle(Library);

    /// <summary><c>rados_service_register(cluster, service, daemon, metadata_dict)</c>, Luminous.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, int> rados_service_register =
        (delegate* unmanaged[Cdecl]<nint, byte*, byte*, byte*, int>)NativeLibraries.Export(s_library, nameof(rados_service_register));

    /// <summary><c>rados_service_update_status(cluster, status_dict)</c>, Luminous.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, byte*, int> rados_service_update_status =
        (delegate* unmanaged[Cdecl]<nint, byte*, int>)NativeLibraries.Export(s_library, nameof(rados_service_update_status));

    /// <summary><c>rados_getaddrs(cluster, addrs)</c>, Nautilus; the caller frees the text.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, byte**, int> rados_getaddrs =
        (delegate* unmanaged[Cdecl]<nint, byte**, int>)NativeLibraries.Export(s_library, nameof(rados_getaddrs));
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Rbd;

/// <content>Functions that older or newer libraries may lack: looked up when first needed, absent ones are null.</content>
internal static unsafe partial class LibRbd
{
    private static readonly nint s_library = NativeLibraries.Handle(Library);

    /// <summary><c>rbd_aio_write_zeroes(image, off, len, c, zero_flags, op_flags)</c>, Octopus: zeros a range exactly, giving back what it can.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, ulong, nuint, nint, int, int, int> rbd_aio_write_zeroes =
        (delegate* unmanaged[Cdecl]<nint, ulong, nuint, nint, int, int, int>)NativeLibraries.Export(s_library, nameof(rbd_aio_write_zeroes));

    /// <summary><c>rbd_namespace_exists(io, name, exists)</c>, Nautilus.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, int> rbd_namespace_exists =
        (delegate* unmanaged[Cdecl]<nint, byte*, byte*, int>)NativeLibraries.Export(s_library, nameof(rbd_namespace_exists));

    /// <summary><c>rbd_config_image_list(image, options, max_options)</c>, Nautilus: the settings in force for one image.</summary>
    public static readonly delegate* unmanaged[Cdecl]<nint, RbdConfigOption*, int*, int> rbd_config_image_list =
        (delegate* unmanaged[Cdecl]<nint, RbdConfigOption*, int*, int>)NativeLibraries.Export(s_library, nameof(rbd_config_image_list));

    /// <summary><c>rbd_config_image_list_cleanup(options, max_options)</c>.</summary>
    public static readonly delegate* unmanaged[Cdecl]<RbdConfigOption*, int, void> rbd_config_image_list_cleanup =
        (delegate* unmanaged[Cdecl]<RbdConfigOption*, int, void>)NativeLibraries.Export(s_library, nameof(rbd_config_image_list_cleanup));

    /// <summary>Whether every zeroed range reads as zeros; a plain discard skips what is smaller than its granularity.</summary>
    public static bool ZeroesExactly => rbd_aio_write_zeroes is not null;

    /// <summary>Whether a comparison may be larger than a sector of 512 bytes: since Quincy, which also brought the function asked for here.</summary>
    public static bool ComparesStripeUnits { get; } = NativeLibraries.Export(s_library, "rbd_aio_compare_and_writev") != 0;

    /// <summary><c>rbd_config_option_t</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct RbdConfigOption
    {
        public byte* Name;
        public byte* Value;
        public int Source;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>Ceph's client libraries, loaded when the first image is opened: a machine without them serves everything else.</summary>
internal static class NativeLibraries
{
    private static readonly (string Library, string Package)[] s_needed = [(LibRados.Library, "librados2"), (LibRbd.Library, "librbd1")];

    /// <summary>Checks that the libraries are there. Any thread.</summary>
    /// <exception cref="HandlerException"><see cref="HandlerErrorKind.NotSupported"/>: one is missing; names the package.</exception>
    public static void Require()
    {
        foreach ((string library, string package) in s_needed)
        {
            if (!NativeLibrary.TryLoad(library, out _))
            {
                throw new HandlerException(
                    HandlerErrorKind.NotSupported,
                    $"Ceph's library {library} cannot be loaded: install it (Debian: {package}, other systems: {package} or ceph-common).");
            }
        }
    }

    /// <summary>The library's handle, or 0.</summary>
    public static nint Handle(string library) => NativeLibrary.TryLoad(library, out nint handle) ? handle : 0;

    /// <summary>A function's address, or 0 where the library has none of that name.</summary>
    public static nint Export(nint library, string name) =>
        library != 0 && NativeLibrary.TryGetExport(library, name, out nint address) ? address : 0;
}

// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>The function that libgfapi calls when an operation has completed, on a thread of its own, in the form that this library knows.</summary>
internal static unsafe class GfapiCallback
{
    /// <summary>What to hand to the library.</summary>
    public static void* Function { get; } = LibGfapi.CallsBackWithStat
        ? (void*)(delegate* unmanaged[Cdecl]<nint, nint, void*, void*, void*, void>)&CompletedWithStat
        : (void*)(delegate* unmanaged[Cdecl]<nint, nint, void*, void>)&Completed;

    // GFAPI 6.0: glfs_io_cbk(fd, ret, prestat, poststat, data).
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void CompletedWithStat(nint fd, nint result, void* prestat, void* poststat, void* data) => End(result, data);

    // Before: glfs_io_cbk(fd, ret, data).
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Completed(nint fd, nint result, void* data) => End(result, data);

    private static void End(nint result, void* data)
    {
        // Before anything else: every call may change it.
        int errno = Marshal.GetLastSystemError();
        GlfsOperation operation = NativeOperation.FromArgument<GlfsOperation>(data);
        operation.Finish(result, errno);
    }
}

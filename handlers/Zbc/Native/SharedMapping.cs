// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>A part of a file as memory: what is stored there is in the page cache at once, and outlives the daemon.</summary>
internal sealed unsafe class SharedMapping : SafeHandle
{
    private const nint Failed = -1;
    private readonly long _length;

    private SharedMapping(nint address, long length)
        : base(Failed, ownsHandle: true)
    {
        SetHandle(address);
        _length = length;
    }

    public override bool IsInvalid => handle is 0 or Failed;

    /// <summary>The first byte; valid until the mapping is disposed, which its owner does after the last use.</summary>
    public byte* Address => (byte*)handle;

    /// <summary>Maps a part of a file.</summary>
    /// <param name="file">The file, open for reading and writing.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="offset">First byte, a multiple of the page size.</param>
    /// <param name="length">How many bytes; all of them inside the file, or a store would end the process.</param>
    /// <exception cref="HandlerException">The kernel refuses.</exception>
    public static SharedMapping Create(SafeFileHandle file, string path, long offset, long length)
    {
        nint address = Libc.mmap(
            0, (nuint)length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, (int)file.DangerousGetHandle(), offset);
        return address != Failed
            ? new SharedMapping(address, length)
            : throw new HandlerException(
                HandlerErrorKind.Failed, $"'{path}' cannot be mapped into memory: mmap ended with {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    protected override bool ReleaseHandle() => Libc.munmap(handle, (nuint)_length) == 0;
}

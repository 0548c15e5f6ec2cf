// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Io.Native;

/// <summary>Owns a mapping of a descriptor into memory, and knows its length.</summary>
internal sealed unsafe class MemoryMapping : SafeHandle
{
    private MemoryMapping(nint address, nuint length)
        : base(Libc.MAP_FAILED, ownsHandle: true)
    {
        SetHandle(address);
        Length = length;
    }

    public override bool IsInvalid => handle == Libc.MAP_FAILED;

    /// <summary>Length in bytes.</summary>
    internal nuint Length { get; }

    /// <summary>The first byte; valid until the mapping is disposed.</summary>
    internal byte* Start => (byte*)handle;

    /// <summary>Maps a descriptor, shared, for reading and writing. On failure the handle is invalid and errno says why.</summary>
    internal static MemoryMapping Map(int descriptor, long offset, nuint length, int extraFlags, out int errno)
    {
        nint address = Libc.Mmap(0, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | extraFlags, descriptor, offset);
        errno = address == Libc.MAP_FAILED ? Libc.LastError : 0;
        return new MemoryMapping(address, length);
    }

    protected override bool ReleaseHandle() => Libc.Munmap(handle, Length) == 0;
}

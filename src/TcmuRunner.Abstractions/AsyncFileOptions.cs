// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>How to open an <see cref="AsyncFile"/>.</summary>
[Flags]
public enum AsyncFileOptions
{
    /// <summary>For reading and writing, an existing file, through the page cache.</summary>
    None = 0,

    /// <summary>For reading only.</summary>
    ReadOnly = 1 << 0,

    /// <summary>Past the page cache (O_DIRECT). Memory and offsets that are not aligned as the device wants go through a bounce buffer.</summary>
    Direct = 1 << 1,

    /// <summary>Creates the file, mode 0600, when it does not exist.</summary>
    Create = 1 << 2,

    /// <summary>
    /// Refuses (<see cref="HandlerErrorKind.Busy"/>) a file that somebody else writes, or, to be written, that somebody else uses, as far as the
    /// other side takes part: this flag, QEMU, qemu-img and qemu-nbd. Held until the file is disposed of.
    /// </summary>
    Locked = 1 << 3,
}

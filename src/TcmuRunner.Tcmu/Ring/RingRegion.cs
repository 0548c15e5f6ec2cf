// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TcmuRunner.Io.Native;
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>
/// The memory shared with the kernel: mailbox, command ring, data area. Unmapped when the last reference to it is released; the only source
/// of pointers into it.
/// </summary>
/// <remarks>
/// <code>
///   0            cmdr_off                 cmdr_off + cmdr_size                        Length
///   +------------+------------------------+-------------------------------------------+
///   | mailbox    | command ring           | data area                                 |
///   +------------+------------------------+-------------------------------------------+
/// </code>
/// A page of the data area exists only while a command's vectors name it: touching another one raises SIGBUS, which ends the process. So
/// nothing here gives out a span over the data area as a whole.
/// </remarks>
internal sealed unsafe class RingRegion : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Entries start and end at multiples of this many bytes (<c>TCMU_OP_ALIGN_SIZE</c>).</summary>
    internal const int EntryAlignment = 8;

    private RingRegion(nint address, long length, string path)
        : base(ownsHandle: true)
    {
        SetHandle(address);
        Length = length;
        Path = path;
    }

    /// <summary>Length of the mapping in bytes.</summary>
    internal long Length { get; }

    /// <summary>The device node, for messages.</summary>
    internal string Path { get; }

    /// <summary>Where the command ring starts, in bytes from the mailbox; checked, and read from the shared memory once.</summary>
    internal uint RingOffset { get; private set; }

    /// <summary>Length of the command ring in bytes; checked, and read from the shared memory once.</summary>
    internal uint RingSize { get; private set; }

    /// <summary>What the kernel can do.</summary>
    internal MailboxFlags Flags { get; private set; }

    /// <summary>First byte; valid while the handle is referenced.</summary>
    internal byte* Start => (byte*)handle;

    /// <summary>Maps a device's memory and checks its head.</summary>
    /// <param name="device">The open device.</param>
    /// <param name="lengthBytes">Exactly the length that the kernel gives in sysfs.</param>
    /// <param name="path">The device node, for messages.</param>
    /// <exception cref="UioException">It cannot be mapped, or its layout is not supported.</exception>
    internal static RingRegion Map(SafeHandle device, long lengthBytes, string path)
    {
        if (lengthBytes < TcmuMailbox.SizeBytes)
        {
            throw new UioException(UioErrorKind.UnsupportedLayout, $"{path}: a map of {lengthBytes} bytes has no room for a TCMU mailbox.");
        }

        nint address;
        int errno;
        bool isReferenced = false;
        try
        {
            device.DangerousAddRef(ref isReferenced);
            // Not MAP_POPULATE: the pages of the data area do not exist yet.
            address = Libc.Mmap(
                0, (nuint)lengthBytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, (int)device.DangerousGetHandle(), 0);
            errno = address == Libc.MAP_FAILED ? Libc.LastError : 0;
        }
        finally
        {
            if (isReferenced)
            {
                device.DangerousRelease();
            }
        }

        if (errno != 0)
        {
            throw new UioException(UioErrorKind.Failed, $"{path}: {lengthBytes} bytes could not be mapped (errno {errno}).", errno);
        }

        var region = new RingRegion(address, lengthBytes, path);
        try
        {
            region.CheckMailbox();
            return region;
        }
        catch
        {
            region.Dispose();
            throw;
        }
    }

    protected override bool ReleaseHandle() => Libc.Munmap(handle, (nuint)Length) == 0;

    private void CheckMailbox()
    {
        ref TcmuMailbox mailbox = ref *(TcmuMailbox*)Start;
        if (mailbox.Version != TcmuMailbox.SupportedVersion)
        {
            throw new UioException(
                UioErrorKind.UnsupportedLayout,
                $"{Path}: the kernel's ring has version {mailbox.Version}; only version {TcmuMailbox.SupportedVersion} "
                + "(Linux 4.1 and newer) is supported.");
        }

        (RingOffset, RingSize, Flags) = (mailbox.RingOffset, mailbox.RingSize, mailbox.Flags);
        bool isAligned = (RingOffset | RingSize) % EntryAlignment == 0;
        bool fits = RingOffset >= TcmuMailbox.SizeBytes
            && RingSize >= CommandRequest.MinimumEntryBytes
            && (ulong)RingOffset + RingSize <= (ulong)Length;
        if (!isAligned || !fits)
        {
            throw new UioException(
                UioErrorKind.UnsupportedLayout,
                $"{Path}: a ring of {RingSize} bytes at offset {RingOffset} does not fit a map of {Length} bytes.");
        }
    }
}

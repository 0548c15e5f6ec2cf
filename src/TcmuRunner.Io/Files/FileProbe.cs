// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

/// <summary>Finds out what an open file or block device can do, without changing it.</summary>
internal static unsafe class FileProbe
{
    /// <summary>For file systems that do not tell: every file system takes direct I/O in pieces of this size.</summary>
    private const int SafeDirectAlignment = 4096;

    /// <exception cref="HandlerException">Direct I/O is asked for, and the file system has none.</exception>
    internal static FileFacts Probe(FileDescriptor descriptor, in StatxBuffer status, string path, AsyncFileOptions options)
    {
        int number = descriptor.Number;
        bool isBlockDevice = (status.Mode & Libc.S_IFMT) == Libc.S_IFBLK;
        bool isReadOnly = options.HasFlag(AsyncFileOptions.ReadOnly);
        bool isDirect = options.HasFlag(AsyncFileOptions.Direct);
        string queue = isBlockDevice ? QueueDirectory(status.RdevMajor, status.RdevMinor) : QueueDirectory(status.DevMajor, status.DevMinor);
        long magic = FileSystemMagic(number);
        (int memoryAlignment, int offsetAlignment) = isDirect ? DirectAlignment(number, status, path, isBlockDevice) : (1, 1);
        return new FileFacts
        {
            Path = path,
            IsReadOnly = isReadOnly,
            IsLocked = options.HasFlag(AsyncFileOptions.Locked),
            IsBlockDevice = isBlockDevice,
            PhysicalBlockSizeBytes = isBlockDevice ? DeviceInteger(number, Libc.BLKPBSZGET, (int)status.BlockSize) : (int)status.BlockSize,
            CanDeallocate = !isReadOnly && (isBlockDevice ? DeviceCanDeallocate(queue) : FileSystemCanDeallocate(number, magic, status.Size)),
            IsSolidState = ReadAttribute(queue, "rotational") != 1,
            IsInMemory = !isBlockDevice && !isDirect && magic is Libc.TMPFS_MAGIC or Libc.RAMFS_MAGIC,
            MemoryAlignment = memoryAlignment,
            OffsetAlignment = offsetAlignment,
        };
    }

    private static long FileSystemMagic(int number)
    {
        // struct statfs has 120 bytes on 64-bit systems.
        long* buffer = stackalloc long[32];
        return Libc.FStatFs(number, buffer) == 0 ? buffer[0] : 0;
    }

    private static (int Memory, int Offset) DirectAlignment(int number, in StatxBuffer status, string path, bool isBlockDevice)
    {
        if ((status.Mask & Libc.STATX_DIOALIGN) != 0)
        {
            return status.DirectOffsetAlign == 0
                ? throw new HandlerException(
                    HandlerErrorKind.NotSupported,
                    $"The file system of '{path}' has no direct I/O for this file; leave the option 'direct' out.")
                : ((int)status.DirectMemoryAlign, (int)status.DirectOffsetAlign);
        }

        int alignment = isBlockDevice ? DeviceInteger(number, Libc.BLKSSZGET, SafeDirectAlignment) : SafeDirectAlignment;
        return (alignment, alignment);
    }

    private static int DeviceInteger(int number, nuint request, int otherwise)
    {
        int value;
        return Libc.Ioctl(number, request, &value) == 0 && value > 0 ? value : otherwise;
    }

    private static bool FileSystemCanDeallocate(int number, long magic, ulong lengthBytes)
    {
        if (magic is Libc.EXT4_SUPER_MAGIC or Libc.XFS_SUPER_MAGIC or Libc.BTRFS_SUPER_MAGIC or Libc.TMPFS_MAGIC)
        {
            return true;
        }

        // A hole behind the end of the file, with the length kept, changes nothing.
        const int Length = 4096;
        long offset = ((long)lengthBytes + Length - 1) & ~(Length - 1L);
        return Libc.Fallocate(number, Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE, offset, Length) == 0;
    }

    /// <summary>Discarding must leave zeros, and that is what the kernel does where the device has WRITE ZEROES as well.</summary>
    private static bool DeviceCanDeallocate(string queue) =>
        ReadAttribute(queue, "discard_max_bytes") > 0 && ReadAttribute(queue, "write_zeroes_max_bytes") > 0;

    private static string QueueDirectory(uint major, uint minor)
    {
        string link = string.Create(CultureInfo.InvariantCulture, $"/sys/dev/block/{major}:{minor}");
        if (!Directory.Exists(link))
        {
            // A file system without a device of its own, such as tmpfs or btrfs: no attribute is found there.
            return link;
        }

        // Resolved here, because .NET would strip a ".." behind a link before the kernel sees it.
        string device = Directory.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName ?? link;
        string queue = Path.Combine(device, "queue");
        // A partition has none of its own: its disk, the directory above, has.
        return Directory.Exists(queue) ? queue : Path.Combine(Path.GetDirectoryName(device) ?? device, "queue");
    }

    /// <returns>The attribute's value, or null where the kernel does not have it.</returns>
    private static long? ReadAttribute(string queue, string name)
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(queue, name));
            return long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TcmuRunner.Lio.Native;

/// <summary>What statx(2) says of a file: its mode, and the number of a block device. The layout is the same on every architecture.</summary>
internal static unsafe partial class FileKind
{
    internal const int OwnerRead = 0x100; // S_IRUSR
    internal const int OwnerWrite = 0x80; // S_IWUSR

    // struct statx of linux/stat.h.
    private const int Length = 256;
    private const int ModeOffset = 28;
    private const int DeviceMajorOffset = 128;
    private const int DeviceMinorOffset = 132;

    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint TypeAndMode = 3; // STATX_TYPE | STATX_MODE
    private const int TypeMask = 0xF000; // S_IFMT
    private const int BlockDeviceType = 0x6000; // S_IFBLK
    private const int DirectoryType = 0x4000; // S_IFDIR

    /// <summary>The st_mode of a file, links followed; null when there is none.</summary>
    internal static int? Mode(string path)
    {
        byte* buffer = stackalloc byte[Length];
        return Look(path, buffer) ? Unsafe.ReadUnaligned<ushort>(buffer + ModeOffset) : null;
    }

    /// <summary>Whether there is a directory, links followed.</summary>
    internal static bool IsDirectory(string path) => Mode(path) is { } mode && (mode & TypeMask) == DirectoryType;

    /// <summary>Major and minor number of a block device, as sysfs writes them: <c>8:1</c>; null for any other file.</summary>
    internal static string? BlockDeviceNumber(string path)
    {
        byte* buffer = stackalloc byte[Length];
        if (!Look(path, buffer) || (Unsafe.ReadUnaligned<ushort>(buffer + ModeOffset) & TypeMask) != BlockDeviceType)
        {
            return null;
        }

        uint major = Unsafe.ReadUnaligned<uint>(buffer + DeviceMajorOffset);
        uint minor = Unsafe.ReadUnaligned<uint>(buffer + DeviceMinorOffset);
        return string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}");
    }

    private static bool Look(string path, byte* buffer)
    {
        new Span<byte>(buffer, Length).Clear();
        return Statx(CurrentDirectory, path, 0, TypeAndMode, buffer) == 0;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);
}

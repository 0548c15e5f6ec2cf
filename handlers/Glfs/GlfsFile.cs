// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>An open file of a volume. Opening, closing and changing the size block: for threads of their own.</summary>
internal sealed unsafe class GlfsFile
{
    private const string FencingAttribute = "trusted.glusterfs.enforce-mandatory-lock";
    private const uint OwnerMayReadAndWrite = 0x180;

    private GlfsFile(nint handle) => Handle = handle;

    /// <summary>libgfapi's handle, valid until <see cref="Close"/>.</summary>
    public nint Handle { get; }

    /// <summary>Connects where nobody is connected yet, and opens or makes the file.</summary>
    /// <exception cref="HandlerException">One of that does not work.</exception>
    public static GlfsFile Open(GlfsConfiguration configuration, OpenRequest request)
    {
        GlfsConnection connection = ConnectionPool.Get(configuration.Volume, request.DeviceName, request.Logger);
        var file = new GlfsFile(Open(connection.Handle, configuration, request));
        if (configuration.KeepsLock)
        {
            file.TakeLock(configuration, request.DeviceName);
        }

        return file;
    }

    /// <summary>The file's length in bytes.</summary>
    /// <exception cref="HandlerException">The volume does not say.</exception>
    public long GetLength(string device)
    {
        long length = LibGfapi.glfs_lseek(Handle, 0, LibGfapi.SEEK_END);
        return length >= 0
            ? length
            : throw new HandlerException(HandlerErrorKind.Failed, $"{device}: the length of the file cannot be found out ({GlfsConnection.Describe(Marshal.GetLastPInvokeError())}).");
    }

    /// <summary>Makes the file longer or shorter.</summary>
    /// <exception cref="HandlerException">The volume refuses.</exception>
    public void SetLength(string device, long lengthBytes)
    {
        if (LibGfapi.glfs_ftruncate(Handle, lengthBytes, null, null) < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            throw new HandlerException(
                errno is NativeErrno.ENOSPC or NativeErrno.EDQUOT ? HandlerErrorKind.NoSpace : HandlerErrorKind.Failed,
                $"{device}: the file cannot be given {lengthBytes} bytes ({GlfsConnection.Describe(errno)}).");
        }
    }

    /// <summary>Closes the file. No operation runs any more.</summary>
    /// <returns>Zero, or -1 where the volume is away.</returns>
    public int Close() => LibGfapi.glfs_close(Handle);

    private static nint Open(nint volume, GlfsConfiguration configuration, OpenRequest request)
    {
        // O_DIRECT: caches of this machine would keep what another gateway has changed.
        int flags = (configuration.IsReadOnly ? LibGfapi.O_RDONLY : LibGfapi.O_RDWR) | LibGfapi.O_DIRECT;
        nint handle = LibGfapi.glfs_open(volume, configuration.Path, flags);
        int errno = handle == 0 ? Marshal.GetLastPInvokeError() : 0;
        string device = request.DeviceName;
        string name = $"'{configuration.Path}' in the Gluster volume '{configuration.Volume.Name}'";
        if (errno == NativeErrno.ENOENT && configuration.MayCreate)
        {
            if (request.IsReopen || request.SizeBytes is not { } sizeBytes)
            {
                throw new HandlerException(
                    HandlerErrorKind.NotFound,
                    request.IsReopen
                        ? $"{device}: the file {name} has gone since the device was last open; an empty one in its place would be silent loss of data."
                        : $"{device}: the file {name} does not exist, and to make it a size is needed.");
            }

            handle = LibGfapi.glfs_creat(volume, configuration.Path, flags | LibGfapi.O_EXCL, OwnerMayReadAndWrite);
            errno = handle == 0 ? Marshal.GetLastPInvokeError() : 0;
            if (handle != 0 && LibGfapi.glfs_ftruncate(handle, sizeBytes, null, null) < 0)
            {
                errno = Marshal.GetLastPInvokeError();
                _ = LibGfapi.glfs_close(handle);
                handle = 0;
            }

            if (handle != 0)
            {
                Log.Created(request.Logger, device, configuration.Path, configuration.Volume.Name, sizeBytes);
            }
        }

        return handle != 0 ? handle : throw errno switch
        {
            NativeErrno.ENOENT => new HandlerException(HandlerErrorKind.NotFound, $"{device}: there is no file {name}, or no such directory; make the file with 'truncate -s', or add the option 'create'."),
            NativeErrno.EACCES or NativeErrno.EPERM => new HandlerException(HandlerErrorKind.AccessDenied, $"{device}: the file {name} may not be opened ({GlfsConnection.Describe(errno)})."),
            _ => new HandlerException(HandlerErrorKind.Failed, $"{device}: the file {name} cannot be opened ({GlfsConnection.Describe(errno)})."),
        };
    }

    // Whoever locks last has the file: the volume refuses what the one before him still sends.
    private void TakeLock(GlfsConfiguration configuration, string device)
    {
        int errno = LibGfapi.glfs_file_lock is null || LibGfapi.glfs_fd_set_lkowner is null ? NativeErrno.EOPNOTSUPP : TryTakeLock();
        if (errno != 0)
        {
            _ = LibGfapi.glfs_close(Handle);
            throw new HandlerException(
                errno is NativeErrno.EAGAIN or NativeErrno.EBUSY or NativeErrno.EACCES ? HandlerErrorKind.Busy : HandlerErrorKind.NotSupported,
                $"{device}: the mandatory lock on '{configuration.Path}' cannot be had ({GlfsConnection.Describe(errno)}); it needs Gluster 6 or newer on client and servers.");
        }
    }

    // Returns an errno, or zero.
    private int TryTakeLock()
    {
        fixed (byte* value = "set\0"u8)
        {
            if (LibGfapi.glfs_fsetxattr(Handle, FencingAttribute, value, 4, 0) < 0)
            {
                return Marshal.GetLastPInvokeError();
            }
        }

        Guid owner = Guid.NewGuid();
        var wholeFile = new LibGfapi.FileLock { Type = LibGfapi.FileLock.F_WRLCK };
        return LibGfapi.glfs_fd_set_lkowner(Handle, &owner, sizeof(Guid)) < 0
            || LibGfapi.glfs_file_lock(Handle, LibGfapi.F_SETLK, &wholeFile, LibGfapi.GLFS_LK_MANDATORY) < 0
            ? Marshal.GetLastSystemError()
            : 0;
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Files;

/// <summary>A file or block device of Linux. See <see cref="AsyncFile"/> for the contract.</summary>
internal sealed unsafe partial class LinuxFile : AsyncFile
{
    private readonly FileDescriptor _descriptor;
    private readonly FileFacts _facts;
    private readonly BouncePool _bounces = new();
    private readonly long _offsetMask;

    /// <param name="descriptor">The open file, which is the object's from now on.</param>
    /// <param name="facts">What was found out about it.</param>
    internal LinuxFile(FileDescriptor descriptor, FileFacts facts)
    {
        _descriptor = descriptor;
        _facts = facts;
        _offsetMask = facts.OffsetAlignment - 1;
        _canPunch = facts.CanDeallocate;
    }

    /// <inheritdoc/>
    public override string Path => _facts.Path;

    /// <inheritdoc/>
    public override bool IsBlockDevice => _facts.IsBlockDevice;

    /// <inheritdoc/>
    public override int PhysicalBlockSizeBytes => _facts.PhysicalBlockSizeBytes;

    /// <inheritdoc/>
    public override bool CanDeallocate => _canPunch;

    /// <inheritdoc/>
    public override bool IsSolidState => _facts.IsSolidState;

    /// <summary>Whether transfers go past the page cache.</summary>
    internal bool IsDirect => _offsetMask != 0;

    /// <summary>The descriptor's number, valid until the file is disposed.</summary>
    internal int Descriptor => _descriptor.Number;

    /// <summary>For operations that change a direct file.</summary>
    internal DirectWriteGate Gate { get; } = new();

    /// <inheritdoc/>
    public override long GetLength()
    {
        ulong length;
        if (IsBlockDevice)
        {
            if (Libc.Ioctl(Descriptor, Libc.BLKGETSIZE64, &length) < 0)
            {
                throw ControlFailed("The size cannot be asked for", Libc.LastError);
            }
        }
        else
        {
            StatxBuffer status;
            if (Libc.Statx(Descriptor, string.Empty, Libc.AT_EMPTY_PATH, Libc.STATX_BASIC_STATS, &status) < 0)
            {
                throw ControlFailed("The size cannot be asked for", Libc.LastError);
            }

            length = status.Size;
        }

        return (long)length;
    }

    /// <inheritdoc/>
    public override void SetLength(long lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        if (IsBlockDevice)
        {
            throw new HandlerException(
                HandlerErrorKind.NotSupported, $"'{Path}' is a block device; its size is changed where it was made, for example with lvextend.");
        }

        while (Libc.FTruncate(Descriptor, lengthBytes) < 0)
        {
            int errno = Libc.LastError;
            if (errno != Errno.EINTR)
            {
                throw ControlFailed($"The length cannot be set to {lengthBytes}", errno);
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        if (_facts.IsLocked && !_descriptor.IsClosed)
        {
            ImageLocks.Release(_descriptor);
        }

        _descriptor.Dispose();
        _bounces.Dispose();
        return ValueTask.CompletedTask;
    }

    internal bool IsAligned(long position) => (position & _offsetMask) == 0;

    internal long AlignDown(long position) => position & ~_offsetMask;

    internal long AlignUp(long position) => (position + _offsetMask) & ~_offsetMask;

    internal IoBuffer RentBounce(int lengthBytes) => _bounces.Rent(lengthBytes);

    internal void ReturnBounce(IoBuffer buffer) => _bounces.Return(buffer);

    private HandlerException ControlFailed(string what, int errno)
    {
        HandlerErrorKind kind = errno switch
        {
            Errno.ENOSPC or Errno.EDQUOT or Errno.EFBIG => HandlerErrorKind.NoSpace,
            Errno.EPERM or Errno.EACCES or Errno.EROFS or Errno.EBADF => HandlerErrorKind.AccessDenied,
            Errno.EINVAL when _facts.IsReadOnly => HandlerErrorKind.AccessDenied,
            _ => HandlerErrorKind.Failed,
        };
        string reason = System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno);
        return new HandlerException(kind, $"{what} for '{Path}': {reason} (error {errno}).");
    }
}

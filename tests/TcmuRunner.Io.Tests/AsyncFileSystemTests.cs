// SPDX-License-Identifier: Apache-2.0
using System.Runtime.Versioning;
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Files;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Tests;

public sealed class AsyncFileSystemTests
{
    [Theory]
    [InlineData("disk.img", HandlerErrorKind.InvalidConfiguration, "relative")]
    [InlineData("/tmp", HandlerErrorKind.InvalidConfiguration, "directory")]
    [InlineData("/dev/zero", HandlerErrorKind.InvalidConfiguration, "neither a regular file nor a block device")]
    [InlineData("/nowhere/disk.img", HandlerErrorKind.NotFound, "/nowhere/disk.img")]
    [InlineData("/etc/hostname/disk.img", HandlerErrorKind.NotFound, "no directory")]
    public void A_path_that_cannot_be_served_is_refused_with_the_reason(string path, HandlerErrorKind kind, string reason)
    {
        HandlerException exception = Assert.Throws<HandlerException>(() => new AsyncFileSystem().Open(path, AsyncFileOptions.None));

        Assert.Equal(kind, exception.Kind);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Creating_in_a_missing_directory_says_so()
    {
        HandlerException exception = Assert.Throws<HandlerException>(
            () => new AsyncFileSystem().Open("/nowhere/disk.img", AsyncFileOptions.Create));

        Assert.Equal(HandlerErrorKind.NotFound, exception.Kind);
        Assert.Contains("create the directory", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task A_closed_file_is_locked_no_longer_whoever_has_a_copy_of_its_descriptor()
    {
        const int F_DUPFD_CLOEXEC = 1030;
        string path = Path.GetTempFileName();
        try
        {
            var files = new AsyncFileSystem();
            AsyncFile first = files.Open(path, AsyncFileOptions.Locked);
            using var copy = new FileDescriptor(Libc.Fcntl(((LinuxFile)first).Descriptor, F_DUPFD_CLOEXEC, 0));
            Assert.False(copy.IsInvalid);
            Assert.Throws<HandlerException>(() => files.Open(path, AsyncFileOptions.Locked));

            await first.DisposeAsync();

            await using AsyncFile second = files.Open(path, AsyncFileOptions.Locked);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task A_created_file_is_private_and_can_be_resized()
    {
        await using var test = new FileTest("none");

        test.File.SetLength(1 << 20);

        Assert.Equal(1 << 20, test.File.GetLength());
        Assert.False(test.File.IsBlockDevice);
        Assert.InRange(test.File.PhysicalBlockSizeBytes, 512, 1 << 20);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(test.Path));
    }

    [Fact]
    public async Task A_file_opened_for_reading_is_write_protected()
    {
        await using var test = new FileTest("none");
        Assert.Equal(0, test.File.GetLength());
        using var data = new NativeBuffer(512);
        await using AsyncFile file = new AsyncFileSystem().Open(test.Path, AsyncFileOptions.ReadOnly);

        Assert.Equal(IoOutcome.WriteProtected, (await file.WriteAsync(0, data.List, WriteOptions.None, default)).Outcome);
        Assert.Equal(IoOutcome.WriteProtected, (await file.DeallocateAsync(0, 512, default)).Outcome);
        Assert.Equal(IoOutcome.WriteProtected, (await file.WriteZeroesAsync(0, 512, default)).Outcome);
        Assert.Equal(IoStatus.Good, await file.FlushAsync(default));
        Assert.False(file.CanDeallocate);
        Assert.Equal(HandlerErrorKind.AccessDenied, Assert.Throws<HandlerException>(() => file.SetLength(1)).Kind);
    }

    [Theory]
    [InlineData(Errno.ENOSPC, IoOutcome.NoSpace)]
    [InlineData(Errno.EDQUOT, IoOutcome.NoSpace)]
    [InlineData(Errno.EROFS, IoOutcome.WriteProtected)]
    [InlineData(Errno.EPERM, IoOutcome.WriteProtected)]
    [InlineData(Errno.ENOMEM, IoOutcome.OutOfResources)]
    [InlineData(Errno.EAGAIN, IoOutcome.OutOfResources)]
    [InlineData(Errno.EOPNOTSUPP, IoOutcome.NotSupported)]
    [InlineData(Errno.EIO, IoOutcome.ReadError)]
    [InlineData(Errno.EFBIG, IoOutcome.ReadError)]
    public void Error_numbers_mean(int errno, IoOutcome outcome) =>
        Assert.Equal(outcome, ErrnoStatus.From(errno, IoOutcome.ReadError).Outcome);
}

// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Files;
using TcmuRunner.Io.Native;

namespace TcmuRunner.Io.Tests;

/// <summary>Holes, zeros, extents, flushing and a full file system.</summary>
public sealed class AsyncFileSpaceTests
{
    private const int Piece = 65536;

    [Theory]
    [InlineData("io_uring", "disk", false)]
    [InlineData("io_uring", "disk", true)]
    [InlineData("io_uring", "memory", false)]
    [InlineData("epoll", "disk", false)]
    [InlineData("none", "disk", false)]
    public async Task A_hole_reads_as_zeros_and_is_an_extent(string mechanism, string place, bool direct)
    {
        await using var test = new FileTest(mechanism, place, direct);
        byte[] model = new byte[4 * Piece];
        new Random(1).NextBytes(model);
        File.WriteAllBytes(test.Path, model);

        await test.RunAsync(async file =>
        {
            Assert.True(file.CanDeallocate);
            Assert.Equal(IoStatus.Good, await file.DeallocateAsync(Piece, Piece, default));

            Assert.Equal(new Extent(Piece, ExtentState.Mapped), await file.GetExtentAsync(0, 2 * Piece, default));
            Assert.Equal(new Extent(Piece, ExtentState.Deallocated), await file.GetExtentAsync(Piece, 2 * Piece, default));
            Assert.Equal(new Extent(512, ExtentState.Deallocated), await file.GetExtentAsync(Piece + 512, 512, default));
            Assert.Equal(new Extent(Piece, ExtentState.Deallocated), await file.GetExtentAsync(8 * Piece, Piece, default));
            Assert.Equal(4 * Piece, file.GetLength());
        });

        model.AsSpan(Piece, Piece).Clear();
        Assert.Equal(model, File.ReadAllBytes(test.Path));
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    [InlineData("none")]
    public async Task Zeros_are_written_where_the_file_system_can_and_refused_where_not(string mechanism)
    {
        await using var disk = new FileTest(mechanism, "disk");
        await using var memory = new FileTest(mechanism, "memory");
        byte[] model = new byte[2 * Piece];
        new Random(2).NextBytes(model);
        File.WriteAllBytes(disk.Path, model);
        File.WriteAllBytes(memory.Path, model);

        await disk.RunAsync(async file => Assert.Equal(IoStatus.Good, await file.WriteZeroesAsync(100, Piece, default)));
        await memory.RunAsync(async file =>
        {
            Assert.Equal(IoOutcome.NotSupported, (await file.WriteZeroesAsync(100, Piece, default)).Outcome);
            Assert.Equal(IoOutcome.NotSupported, (await file.WriteZeroesAsync(100, Piece, default)).Outcome);
        });

        Assert.Equal(model, File.ReadAllBytes(memory.Path));
        model.AsSpan(100, Piece).Clear();
        Assert.Equal(model, File.ReadAllBytes(disk.Path));
    }

    [Fact]
    public async Task A_failed_flush_fails_those_under_way_with_it_and_no_later_one()
    {
        await using var test = new FileTest("none");
        var file = (LinuxFile)test.File;
        int failedBefore = file.FailedFlushes;

        // What a worker or io_uring reports when the disk did not take the pages.
        Assert.Equal(IoOutcome.WriteError, file.FlushEnded(-Errno.EIO, failedBefore).Outcome);

        Assert.Equal(IoOutcome.WriteError, file.FlushEnded(0, failedBefore).Outcome);
        Assert.Equal(IoStatus.Good, await file.FlushAsync(default));
    }

    [Fact]
    public async Task The_next_flush_tells_of_a_failed_forced_write_but_not_of_a_passing_shortage()
    {
        await using var test = new FileTest("none");
        var file = (LinuxFile)test.File;

        Assert.Equal(IoOutcome.OutOfResources, file.FlushEnded(-Errno.ENOMEM, file.FailedFlushes).Outcome);
        Assert.Equal(IoStatus.Good, await file.FlushAsync(default));
        Assert.Equal(IoOutcome.WriteError, file.WriteFailed(Errno.EIO, Libc.RWF_DSYNC).Outcome);

        Assert.Equal(IoOutcome.WriteError, (await file.FlushAsync(default)).Outcome);
        Assert.Equal(IoStatus.Good, await file.FlushAsync(default));
    }

    [Theory]
    [InlineData("io_uring")]
    [InlineData("epoll")]
    [InlineData("none")]
    public async Task A_full_file_system_is_no_space(string mechanism)
    {
        string directory = Directory.CreateTempSubdirectory("tcmu-io-full-").FullName;
        if (!Run("mount", $"-t tmpfs -o size=256k none {directory}"))
        {
            Directory.Delete(directory);
            Assert.Skip("Mounting a small tmpfs needs root.");
        }

        try
        {
            IoLoop? loop = mechanism == "none" ? null : LoopFactory.Start(mechanism);
            await using (AsyncFile file = new AsyncFileSystem().Open(directory + "/disk", AsyncFileOptions.Create))
            {
                using var data = new NativeBuffer(1 << 20, 4096);
                IoStatus inline = default;
                IoStatus forced = default;
                Func<Task> body = async () =>
                {
                    inline = await file.WriteAsync(0, data.List, WriteOptions.None, default);
                    forced = await file.WriteAsync(0, data.List, WriteOptions.ForceUnitAccess, default);
                };
                await (loop is null ? body().WaitAsync(LoopFactory.Limit) : loop.RunAsync(body));

                Assert.Equal(IoOutcome.NoSpace, inline.Outcome);
                Assert.Equal(IoOutcome.NoSpace, forced.Outcome);
                Assert.Equal(IoStatus.Good, await file.FlushAsync(default));
            }

            await (loop?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
        finally
        {
            Run("umount", directory);
            Directory.Delete(directory);
        }
    }

    private static bool Run(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        return process.WaitForExit(LoopFactory.Limit) && process.ExitCode == 0;
    }
}

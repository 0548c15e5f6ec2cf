// SPDX-License-Identifier: Apache-2.0
using System.Runtime.Versioning;
using TcmuRunner.Io;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Handlers.File.Tests;

/// <summary>What the handler leaves behind in a real directory.</summary>
[SupportedOSPlatform("linux")]
public sealed class FileOnDiskTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly AsyncFileSystem _files = new();
    private readonly string _path;

    public FileOnDiskTests() => _path = _directory.PathOf("disk.img");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_file_is_made_sparse_and_for_the_daemon_alone()
    {
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{_path}", sizeBytes: 1L << 30);

        Assert.Equal(1L << 30, new FileInfo(_path).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(_path));
        Assert.Equal(new Extent(1L << 30, ExtentState.Deallocated), await device.GetExtentAsync(0, 1L << 30, CancellationToken.None));
    }

    [Fact]
    public async Task A_size_beyond_the_file_system_is_refused_and_leaves_no_file()
    {
        await Assert.ThrowsAsync<HandlerException>(() => Requests.OpenAsync(_files, $"file/{_path}", sizeBytes: long.MaxValue & ~511L));

        Assert.False(System.IO.File.Exists(_path));
    }

    [Fact]
    public async Task What_lies_behind_the_end_of_a_short_file_reads_as_zeros_and_can_be_written()
    {
        await System.IO.File.WriteAllBytesAsync(_path, [.. Enumerable.Repeat((byte)0xEE, 1000)]);
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{_path}");
        using var read = new ScatteredMemory([.. Enumerable.Repeat((byte)0xAA, 2048)], 700, 1348);

        IoStatus status = await device.ReadAsync(0, read.List, CancellationToken.None);

        Assert.True(status.IsGood);
        Assert.Equal([.. Enumerable.Repeat((byte)0xEE, 1000), .. new byte[1048]], read.ToArray());
        Assert.True((await device.WriteAsync(Requests.SizeBytes - 2048, read.List, WriteOptions.None, CancellationToken.None)).IsGood);
        Assert.Equal(Requests.SizeBytes, new FileInfo(_path).Length);
    }

    [Fact]
    public async Task Unmapping_gives_space_back_and_keeps_the_length()
    {
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{_path}");
        Assert.SkipUnless(device.Characteristics.Capabilities.HasFlag(DeviceCapabilities.Unmap), "This file system cannot punch holes.");
        using var data = new IoBuffer((int)Requests.SizeBytes);
        data.Span.Fill(0x11);
        Assert.True((await device.WriteAsync(0, data.List, WriteOptions.ForceUnitAccess, CancellationToken.None)).IsGood);

        IoStatus status = await device.UnmapAsync(65536, 131072, CancellationToken.None);

        Assert.True(status.IsGood);
        Assert.Equal(new Extent(65536, ExtentState.Mapped), await device.GetExtentAsync(0, Requests.SizeBytes, CancellationToken.None));
        Assert.Equal(new Extent(131072, ExtentState.Deallocated), await device.GetExtentAsync(65536, Requests.SizeBytes - 65536, CancellationToken.None));
        Assert.Equal(Requests.SizeBytes, new FileInfo(_path).Length);
    }

    [Fact]
    public async Task Shrinking_and_growing_again_brings_the_data_back()
    {
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{_path}");
        using var data = new ScatteredMemory([.. Enumerable.Repeat((byte)0x22, 512)], 512);
        Assert.True((await device.WriteAsync(Requests.SizeBytes - 512, data.List, WriteOptions.None, CancellationToken.None)).IsGood);

        await device.ResizeAsync(Requests.SizeBytes / 2, CancellationToken.None);
        await device.ResizeAsync(Requests.SizeBytes, CancellationToken.None);

        using var read = new ScatteredMemory(512);
        Assert.True((await device.ReadAsync(Requests.SizeBytes - 512, read.List, CancellationToken.None)).IsGood);
        Assert.Equal(data.ToArray(), read.ToArray());
    }
}

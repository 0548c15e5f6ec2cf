// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.File.Tests;

/// <summary>What an open device promises and passes on; whether it keeps the contract on real files is <see cref="FileConformanceTests"/>' question.</summary>
public sealed class FileDeviceTests
{
    private const string Path = "/srv/disk.img";
    private const DeviceCapabilities ReadOnlyCapabilities = DeviceCapabilities.Extents | DeviceCapabilities.Resize | DeviceCapabilities.Reconfigure;
    private readonly FakeFileSystem _files = new();

    [Fact]
    public async Task A_writable_disk_has_a_volatile_cache_and_everything_that_its_file_can_do()
    {
        _files.Add(new FakeFile(Path, Requests.SizeBytes));

        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}");

        Assert.Equal(
            ReadOnlyCapabilities | DeviceCapabilities.Flush | DeviceCapabilities.ForceUnitAccess | DeviceCapabilities.WriteSame | DeviceCapabilities.Unmap,
            device.Characteristics.Capabilities);
        Assert.True(device.Characteristics.HasVolatileWriteCache);
        Assert.True(device.Characteristics.UnmappedReadsZero);
        Assert.False(device.Characteristics.IsReadOnly);
        Assert.False(device.Characteristics.IsSolidState);
    }

    [Fact]
    public async Task A_read_only_disk_promises_nothing_that_writes()
    {
        _files.Add(new FakeFile(Path, Requests.SizeBytes));

        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path};ro");

        Assert.Equal(ReadOnlyCapabilities, device.Characteristics.Capabilities);
        Assert.True(device.Characteristics.IsReadOnly);
        Assert.False(device.Characteristics.HasVolatileWriteCache);
    }

    [Fact]
    public async Task A_file_system_without_holes_makes_a_disk_without_unmap()
    {
        _files.Add(new FakeFile(Path, Requests.SizeBytes) { HasHoles = false });

        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}");

        Assert.False(device.Characteristics.Capabilities.HasFlag(DeviceCapabilities.Unmap));
    }

    [Theory]
    [InlineData(false, 4096, 512, 4096)]
    [InlineData(false, 131072, 512, 4096)]
    [InlineData(false, 1024, 4096, 4096)]
    [InlineData(false, 3000, 512, 512)]
    [InlineData(false, 0, 512, 512)]
    [InlineData(true, 512, 512, 512)]
    [InlineData(true, 16384, 512, 16384)]
    [InlineData(true, 512, 4096, 4096)]
    public async Task The_physical_block_is_a_power_of_two_that_fits(bool isBlockDevice, int fileBlockBytes, int blockSizeBytes, int expected)
    {
        _files.Add(new FakeFile(Path, Requests.SizeBytes) { IsFakeBlockDevice = isBlockDevice, BlockSizeBytes = fileBlockBytes });

        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}", blockSizeBytes: blockSizeBytes);

        Assert.Equal(expected, device.Characteristics.PhysicalBlockSizeBytes);
        Assert.Equal(expected, device.Characteristics.UnmapGranularityBytes);
    }

    [Fact]
    public async Task Operations_reach_the_file_as_they_are_and_its_answer_comes_back()
    {
        FakeFile file = _files.Add(new FakeFile(Path, Requests.SizeBytes) { Answer = IoOutcome.NoSpace });
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}");
        using var buffer = new IoBuffer(1024);

        IoStatus[] answers =
        [
            await device.ReadAsync(512, buffer.List, CancellationToken.None),
            await device.WriteAsync(1024, buffer.List, WriteOptions.ForceUnitAccess, CancellationToken.None),
            await device.FlushAsync(CancellationToken.None),
            await device.UnmapAsync(512, 1536, CancellationToken.None),
            await device.WriteSameAsync(2048, 4096, buffer.List.Slice(0, 512), CancellationToken.None),
        ];

        Assert.Equal(["read 512+1024", "write 1024+1024 ForceUnitAccess", "flush", "deallocate 512+1536", "zero 2048+4096"], file.Calls);
        Assert.All(answers, answer => Assert.Equal(IoOutcome.NoSpace, answer.Outcome));
    }

    [Fact]
    public async Task Another_pattern_than_zeros_is_left_to_the_engine()
    {
        FakeFile file = _files.Add(new FakeFile(Path, Requests.SizeBytes));
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}");
        using var block = new IoBuffer(512);
        block.Span[511] = 1;

        IoStatus status = await device.WriteSameAsync(0, 4096, block.List, CancellationToken.None);

        Assert.Equal(IoOutcome.NotSupported, status.Outcome);
        Assert.Empty(file.Calls);
    }

    /// <summary>The file's extents may begin and end inside a block of the disk: one that is partly mapped is mapped.</summary>
    [Theory]
    [InlineData(0, 4096, ExtentState.Mapped)]
    [InlineData(4096, 4096, ExtentState.Deallocated)]
    [InlineData(8192, 4096, ExtentState.Mapped)]
    [InlineData(12288, 4096, ExtentState.Mapped)]
    [InlineData(16384, 8192, ExtentState.Deallocated)]
    public async Task Extents_are_told_in_whole_blocks(long offset, long expectedLength, ExtentState expectedState)
    {
        _files.Add(new FakeFile(Path, Requests.SizeBytes)
        {
            Extents =
            [
                (1024, ExtentState.Mapped), (9216, ExtentState.Deallocated), (12288, ExtentState.Mapped),
                (13312, ExtentState.Deallocated), (14336, ExtentState.Mapped), (long.MaxValue, ExtentState.Deallocated),
            ],
        });
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}", blockSizeBytes: 4096);

        Extent extent = await device.GetExtentAsync(offset, Math.Min(24576 - offset, 12288), CancellationToken.None);

        Assert.Equal(new Extent(expectedLength, expectedState), extent);
    }

    [Fact]
    public async Task An_extent_that_cannot_be_found_out_is_an_error()
    {
        _files.Add(new FakeFile(Path, Requests.SizeBytes) { Answer = IoOutcome.ReadError });
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}");

        Extent extent = await device.GetExtentAsync(0, 512, CancellationToken.None);

        Assert.Equal(IoOutcome.ReadError, extent.Status.Outcome);
    }

    [Theory]
    [InlineData("", Requests.SizeBytes * 2, Requests.SizeBytes * 2)]
    [InlineData("", Requests.SizeBytes / 2, Requests.SizeBytes)]
    [InlineData(";ro", Requests.SizeBytes * 2, Requests.SizeBytes)]
    public async Task A_resize_grows_a_writable_file_and_truncates_none(string options, long sizeBytes, long expectedLength)
    {
        FakeFile file = _files.Add(new FakeFile(Path, Requests.SizeBytes));
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}{options}");

        await device.ResizeAsync(sizeBytes, CancellationToken.None);

        Assert.Equal(expectedLength, file.GetLength());
        Assert.Equal(sizeBytes, device.Characteristics.SizeBytes);
    }

    [Fact]
    public async Task A_resize_that_the_file_system_refuses_changes_nothing()
    {
        FakeFile file = _files.Add(new FakeFile(Path, Requests.SizeBytes) { MaximumLengthBytes = Requests.SizeBytes });
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}");

        HandlerException refusal =
            await Assert.ThrowsAsync<HandlerException>(() => device.ResizeAsync(Requests.SizeBytes * 2, CancellationToken.None).AsTask());

        Assert.Equal(HandlerErrorKind.NoSpace, refusal.Kind);
        Assert.Equal(Requests.SizeBytes, file.GetLength());
        Assert.Equal(Requests.SizeBytes, device.Characteristics.SizeBytes);
    }

    [Fact]
    public async Task A_block_device_is_resized_up_to_its_size_and_never_touched()
    {
        FakeFile file = _files.Add(new FakeFile(Path, Requests.SizeBytes * 2) { IsFakeBlockDevice = true });
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}");

        await device.ResizeAsync(Requests.SizeBytes * 2, CancellationToken.None);
        HandlerException refusal =
            await Assert.ThrowsAsync<HandlerException>(() => device.ResizeAsync((Requests.SizeBytes * 2) + 512, CancellationToken.None).AsTask());

        Assert.Equal(HandlerErrorKind.SizeMismatch, refusal.Kind);
        Assert.Equal(Requests.SizeBytes * 2, device.Characteristics.SizeBytes);
        Assert.Empty(file.Calls);
    }

    [Theory]
    [InlineData("file//srv/disk.img;ro;direct", null)]
    [InlineData("file//srv/disk.img;;direct;ro;", null)]
    [InlineData("file//srv/disk.img;direct", HandlerErrorKind.NotSupported)]
    [InlineData("file//srv/other.img;direct;ro", HandlerErrorKind.NotSupported)]
    [InlineData("file/disk.img", HandlerErrorKind.InvalidConfiguration)]
    public async Task Only_another_spelling_of_the_configuration_in_force_is_taken(string configuration, HandlerErrorKind? expected)
    {
        _files.Add(new FakeFile(Path, Requests.SizeBytes));
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{Path};direct;ro");

        var refusal = (HandlerException?)await Record.ExceptionAsync(
            () => device.ReconfigureAsync(Requests.Parse(configuration), CancellationToken.None).AsTask());

        Assert.Equal(expected, refusal?.Kind);
    }

    [Fact]
    public async Task Closing_the_device_closes_the_file()
    {
        FakeFile file = _files.Add(new FakeFile(Path, Requests.SizeBytes));
        FileDevice device = await Requests.OpenAsync(_files, $"file/{Path}");
        Assert.Equal(1, file.OpenCount);

        await device.DisposeAsync();

        Assert.Equal(0, file.OpenCount);
    }
}

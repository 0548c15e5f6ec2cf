// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Io;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>Looking after images: information, check, repair, snapshots, map.</summary>
public sealed class QcowImageTests : IDisposable
{
    private const int SizeBytes = 4 << 20;

    private readonly TemporaryDirectory _directory = new();
    private readonly string _path;

    public QcowImageTests()
    {
        _path = _directory.PathOf("disk.qcow2");
        QemuImg.Run("create", "-q", "-f", "qcow2", _path, $"{SizeBytes}");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_image_is_described_with_its_snapshots()
    {
        QemuImg.Run("snapshot", "-c", "monday", _path);

        await using IImage image = await OpenAsync(ImageAccess.Read);
        ImageInformation information = image.Describe();

        Assert.Equal(("qcow2 version 3", (long)SizeBytes, 65536), (information.Format, information.SizeBytes, information.ClusterBytes));
        Assert.Equal(["reference counts of 16 bits"], information.Features);
        Assert.Equal(("1", "monday", (long)SizeBytes), Assert.Single(information.Snapshots) is var one ? (one.Id, one.Name, one.SizeBytes) : default);
    }

    [Fact]
    public async Task A_clean_image_has_nothing_to_report_and_is_not_changed()
    {
        await FillAsync();
        byte[] before = await File.ReadAllBytesAsync(_path);

        await using (IImage image = await OpenAsync(ImageAccess.Read))
        {
            ImageCheck report = await image.CheckAsync(null, CancellationToken.None);
            Assert.True(report.IsClean, string.Join(' ', report.Problems));
            Assert.Equal(16, report.AllocatedClusters);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(_path));
    }

    [Theory]
    [InlineData(2, 0, 1)]
    [InlineData(0, 1, 0)]
    public async Task Wrong_counts_are_found_and_repaired(ushort count, long corruptions, long leaks)
    {
        await FillAsync();
        byte[] bytes = await File.ReadAllBytesAsync(_path);
        ulong table = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(48));
        ulong block = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan((int)table));
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan((int)block + 12), count);
        await File.WriteAllBytesAsync(_path, bytes);

        await using (IImage image = await OpenAsync(ImageAccess.Repair))
        {
            ImageCheck found = await image.CheckAsync(null, CancellationToken.None);
            Assert.Equal((corruptions, leaks), (found.Corruptions, found.Leaks));

            ImageCheck left = await image.RepairAsync(null, CancellationToken.None);
            Assert.True(left.IsClean, string.Join(' ', left.Problems));
        }

        QemuImg.Check(_path);
    }

    [Fact]
    public async Task The_map_tells_data_from_holes()
    {
        await FillAsync();

        await using IImage image = await OpenAsync(ImageAccess.Read);
        var map = new List<ImageExtent>();
        await foreach (ImageExtent entry in image.MapAsync(0, CancellationToken.None))
        {
            map.Add(entry);
        }

        Assert.Equal([new ImageExtent(0, 1 << 20, true), new ImageExtent(1 << 20, 3 << 20, false)], map);
    }

    [Fact]
    public async Task What_needs_another_access_is_refused()
    {
        await using IImage image = await OpenAsync(ImageAccess.Read);

        await Assert.ThrowsAsync<HandlerException>(() => image.CreateSnapshotAsync("one"));
        await Assert.ThrowsAsync<HandlerException>(() => image.RepairAsync(null, CancellationToken.None));
    }

    [Fact]
    public async Task Only_a_raw_image_has_nothing_to_check()
    {
        string path = _directory.PathOf("disk.raw");
        await File.WriteAllBytesAsync(path, new byte[65536]);

        await using IImage image = await OpenAsync(path, ImageAccess.Read);

        Assert.Equal(("raw", 65536L), (image.Describe().Format, image.Describe().SizeBytes));
        HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(() => image.CheckAsync(null, CancellationToken.None));
        Assert.Equal((HandlerErrorKind.NotSupported, true), (refusal.Kind, refusal.Message.Contains(path, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_image_that_is_served_is_opened_by_nobody_else_and_looked_after_by_its_device()
    {
        await FillAsync();
        await using var device = (QcowDevice)await new QcowHandler().OpenAsync(
            new OpenRequest
            {
                Configuration = Parse(_path),
                DeviceName = "qcow/test",
                BlockSizeBytes = 512,
                SizeBytes = null,
                Files = new AsyncFileSystem(),
                Logger = NullLogger.Instance,
            },
            CancellationToken.None);
        Assert.True(device.Characteristics.Capabilities.HasFlag(DeviceCapabilities.Image));

        Assert.Equal(HandlerErrorKind.Busy, (await Assert.ThrowsAsync<HandlerException>(() => OpenAsync(ImageAccess.Read))).Kind);
        Assert.Equal(HandlerErrorKind.Busy, (await Assert.ThrowsAsync<HandlerException>(() => device.Image.CheckAsync(null, CancellationToken.None))).Kind);
        Assert.Equal(HandlerErrorKind.Busy, (await Assert.ThrowsAsync<HandlerException>(() => device.Image.RepairAsync(null, CancellationToken.None))).Kind);

        await device.Image.CreateSnapshotAsync("live");
        using var data = new IoBuffer(65536);
        Assert.True((await device.WriteAsync(0, data.List, WriteOptions.None, CancellationToken.None)).IsGood);
        Assert.Equal("live", Assert.Single(device.Image.Describe().Snapshots).Name);
        await device.Image.DisposeAsync();
        await device.Image.DeleteSnapshotAsync("live");
        Assert.Empty(device.Image.Describe().Snapshots);
        Assert.True((await device.ReadAsync(0, data.List, CancellationToken.None)).IsGood);

        await device.DisposeAsync();
        QemuImg.Check(_path);
    }

    private Task<IImage> OpenAsync(ImageAccess access) => OpenAsync(_path, access);

    private static Task<IImage> OpenAsync(string path, ImageAccess access) => new QcowHandler().OpenImageAsync(
        new ImageRequest { Configuration = Parse(path), Access = access, Files = new AsyncFileSystem(), Logger = NullLogger.Instance }, CancellationToken.None);

    private static ConfigurationString Parse(string path)
    {
        Assert.True(ConfigurationString.TryParse($"qcow/{path}", out ConfigurationString? configuration, out string? reason), reason);
        return configuration;
    }

    private async Task FillAsync()
    {
        await using ImageLayer image = await Images.OpenAsync(_path);
        await image.WriteAsync(0, Images.Noise(1 << 20, 1));
    }
}

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

        await using QcowImage image = await OpenAsync(QcowImageAccess.Read);
        QcowImageInformation information = image.Describe();

        Assert.Equal(("qcow2 version 3", (long)SizeBytes, 65536, 16), (information.Format, information.SizeBytes, information.ClusterBytes, information.RefcountBits));
        Assert.Equal(("1", "monday", (long)SizeBytes), Assert.Single(information.Snapshots) is var one ? (one.Id, one.Name, one.SizeBytes) : default);
    }

    [Fact]
    public async Task A_clean_image_has_nothing_to_report_and_is_not_changed()
    {
        await FillAsync();
        byte[] before = await File.ReadAllBytesAsync(_path);

        await using (QcowImage image = await OpenAsync(QcowImageAccess.Read))
        {
            CheckReport report = await image.CheckAsync(null, CancellationToken.None);
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

        await using (QcowImage image = await OpenAsync(QcowImageAccess.Repair))
        {
            CheckReport found = await image.CheckAsync(null, CancellationToken.None);
            Assert.Equal((corruptions, leaks), (found.Corruptions, found.Leaks));

            CheckReport left = await image.RepairAsync(null, CancellationToken.None);
            Assert.True(left.IsClean, string.Join(' ', left.Problems));
        }

        QemuImg.Check(_path);
    }

    [Fact]
    public async Task The_map_tells_data_from_holes()
    {
        await FillAsync();

        await using QcowImage image = await OpenAsync(QcowImageAccess.Read);
        var map = new List<QcowMapEntry>();
        await foreach (QcowMapEntry entry in image.MapAsync(CancellationToken.None))
        {
            map.Add(entry);
        }

        Assert.Equal([new QcowMapEntry(0, 1 << 20, true), new QcowMapEntry(1 << 20, 3 << 20, false)], map);
    }

    [Fact]
    public async Task What_needs_another_access_is_refused()
    {
        await using QcowImage image = await OpenAsync(QcowImageAccess.Read);

        await Assert.ThrowsAsync<HandlerException>(() => image.CreateSnapshotAsync("one", DateTimeOffset.UnixEpoch));
        await Assert.ThrowsAsync<HandlerException>(() => image.RepairAsync(null, CancellationToken.None));
    }

    private Task<QcowImage> OpenAsync(QcowImageAccess access) => QcowImage.OpenAsync(new AsyncFileSystem(), _path, access, NullLogger.Instance);

    private async Task FillAsync()
    {
        await using ImageLayer image = await Images.OpenAsync(_path);
        await image.WriteAsync(0, Images.Noise(1 << 20, 1));
    }
}

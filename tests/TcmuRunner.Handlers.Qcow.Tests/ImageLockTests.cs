// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Io;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>Who may use one image at a time, as QEMU's own tool sees it.</summary>
public sealed class ImageLockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_served_image_is_refused_to_another_device_and_to_qemu_img_until_it_is_closed()
    {
        string path = _directory.PathOf("disk.qcow2");
        QemuImg.Run("create", "-q", "-f", "qcow2", path, "1M");
        IHandlerDevice device = await OpenAsync(path);

        HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(() => OpenAsync(path));
        (int code, string output) = QemuImg.Try("resize", path, "2M");
        await device.DisposeAsync();

        Assert.Equal(HandlerErrorKind.Busy, refusal.Kind);
        Assert.True(code != 0 && output.Contains("lock", StringComparison.Ordinal), output);
        QemuImg.Run("resize", path, "2M");
    }

    [Fact]
    public async Task Two_overlays_share_a_backing_file_that_nobody_may_write_then()
    {
        string backing = _directory.PathOf("base.qcow2");
        QemuImg.Run("create", "-q", "-f", "qcow2", backing, "1M");
        string[] overlays = [_directory.PathOf("one.qcow2"), _directory.PathOf("two.qcow2")];
        foreach (string overlay in overlays)
        {
            QemuImg.Run("create", "-q", "-f", "qcow2", "-b", backing, "-F", "qcow2", overlay);
        }

        await using IHandlerDevice one = await OpenAsync(overlays[0]);
        await using IHandlerDevice two = await OpenAsync(overlays[1]);

        Assert.Equal(HandlerErrorKind.Busy, (await Assert.ThrowsAsync<HandlerException>(() => OpenAsync(backing))).Kind);
    }

    private static async Task<IHandlerDevice> OpenAsync(string path)
    {
        Assert.True(ConfigurationString.TryParse($"qcow/{path}", out ConfigurationString? configuration, out string? reason), reason);
        var request = new OpenRequest
        {
            Configuration = configuration,
            DeviceName = "qcow/disk",
            BlockSizeBytes = 512,
            SizeBytes = null,
            Files = new AsyncFileSystem(),
            Logger = NullLogger.Instance,
        };
        return await new QcowHandler().OpenAsync(request, CancellationToken.None);
    }
}

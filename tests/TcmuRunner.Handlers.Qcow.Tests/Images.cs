// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Io;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>Opens images and moves bytes in and out of them.</summary>
internal static class Images
{
    public static async Task<ImageLayer> OpenAsync(string path, ImageOptions? options = null, IAsyncFileSystem? files = null, ILogger? logger = null) =>
        await new ImageOpener(files ?? new AsyncFileSystem(), logger ?? NullLogger.Instance, "qcow/test").OpenAsync(path, options ?? new ImageOptions());

    public static async Task<Qcow2Image> OpenQcow2Async(string path, ImageOptions? options = null, IAsyncFileSystem? files = null) =>
        Assert.IsType<Qcow2Image>(await OpenAsync(path, options, files));

    public static async Task<byte[]> ReadAsync(this ImageLayer image, long offset, int length)
    {
        using var buffer = new IoBuffer(length);
        buffer.Span.Fill(0xA5);
        IoStatus status = await image.ReadAsync(offset, buffer.List, CancellationToken.None);
        Assert.True(status.IsGood, $"Reading {length} bytes at {offset}: {status.Outcome}");
        return buffer.Span.ToArray();
    }

    public static async Task WriteAsync(this ImageLayer image, long offset, byte[] data, WriteOptions options = WriteOptions.None)
    {
        using var buffer = new IoBuffer(data.Length);
        data.CopyTo(buffer.Span);
        IoStatus status = await image.WriteAsync(offset, buffer.List, options, CancellationToken.None);
        Assert.True(status.IsGood, $"Writing {data.Length} bytes at {offset}: {status.Outcome}");
    }

    public static async Task ZeroAsync(this ImageLayer image, long offset, long length, bool mayUnmap)
    {
        IoStatus status = await image.ZeroAsync(offset, length, mayUnmap, CancellationToken.None);
        Assert.True(status.IsGood, $"Zeroing {length} bytes at {offset}: {status.Outcome}");
    }

    public static async Task FlushAsync(this ImageLayer image)
    {
        IoStatus status = await image.FlushAsync(CancellationToken.None);
        Assert.True(status.IsGood, $"Flushing: {status.Outcome}");
    }

    public static byte[] Noise(int length, int seed)
    {
        byte[] noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }
}

// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Io;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>Many commands in flight in one image, also in one cluster, from several loops.</summary>
public sealed class ConcurrencyTests : IDisposable
{
    private const int SizeBytes = 8 << 20;
    private const int Writers = 64;
    private const int BlockBytes = 4096;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("compat=1.1")]
    [InlineData("compat=0.10,cluster_size=16k")]
    [InlineData("compat=1.1,extended_l2=on")]
    [InlineData("compat=1.1,cluster_size=2M")]
    public async Task Sixty_four_writers_in_shared_clusters_lose_nothing(string options)
    {
        string path = MakeOverlay(options, out byte[] model);
        await using (Qcow2Image image = await Images.OpenQcow2Async(path))
        {
            await RunWritersAsync(image, model, rounds: 60);

            Assert.Equal(model, await image.ReadAsync(0, SizeBytes));
        }

        Judge(path, model);
    }

    [Fact]
    public async Task A_cache_smaller_than_the_mapping_loses_nothing()
    {
        string path = MakeOverlay("compat=1.1,cluster_size=512", out byte[] model);
        await using (Qcow2Image image = await Images.OpenQcow2Async(path, new ImageOptions { CacheBytes = 1 }))
        {
            await RunWritersAsync(image, model, rounds: 30);

            Assert.Equal(model, await image.ReadAsync(0, SizeBytes));
        }

        Judge(path, model);
    }

    [Fact]
    public async Task Growing_between_writes_loses_nothing()
    {
        string path = MakeOverlay("compat=1.1,cluster_size=512", out byte[] model);
        await using (Qcow2Image image = await Images.OpenQcow2Async(path))
        {
            Task writers = RunWritersAsync(image, model, rounds: 40);
            for (int step = 1; step <= 20; step++)
            {
                await image.GrowAsync(SizeBytes + (step * 65536), CancellationToken.None);
            }

            await writers;
            Array.Resize(ref model, SizeBytes + (20 * 65536));
            Assert.Equal(model, await image.ReadAsync(0, model.Length));
        }

        Judge(path, model);
    }

    private string MakeOverlay(string options, out byte[] model)
    {
        string backing = _directory.PathOf("base.raw");
        model = Images.Noise(SizeBytes, 7);
        model.AsSpan(SizeBytes / 2).Clear();
        File.WriteAllBytes(backing, model);
        string path = _directory.PathOf("overlay.qcow2");
        QemuImg.Run("create", "-q", "-f", "qcow2", "-b", backing, "-F", "raw", "-o", options, path);
        return path;
    }

    /// <summary>Each writer has blocks of its own, side by side with those of all others, and reads them back now and then.</summary>
    private static async Task RunWritersAsync(ImageLayer image, byte[] model, int rounds)
    {
        await using var first = IoLoop.Start(new IoLoopOptions { Name = "first" }, NullLogger.Instance);
        await using var second = IoLoop.Start(new IoLoopOptions { Name = "second" }, NullLogger.Instance);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            var random = new Random(writer);
            for (int round = 0; round < rounds; round++)
            {
                int block = (random.Next(SizeBytes / BlockBytes / Writers) * Writers) + writer;
                int offset = block * BlockBytes;
                Task? running = null;
                await (random.Next(2) == 0 ? first : second).InvokeAsync(() => running = StepAsync(image, model, offset, random));
                await running!;
            }
        }));
        // The last step may have ended on one of the loops, and a loop cannot end itself.
        await Task.Yield();
    }

    private static async Task StepAsync(ImageLayer image, byte[] model, int offset, Random random)
    {
        switch (random.Next(10))
        {
            case < 6:
                byte[] data = new byte[BlockBytes];
                random.NextBytes(data);
                await image.WriteAsync(offset, data, random.Next(20) == 0 ? WriteOptions.ForceUnitAccess : WriteOptions.None);
                data.CopyTo(model, offset);
                break;
            case < 8:
                byte[] actual = await image.ReadAsync(offset, BlockBytes);
                Assert.True(actual.AsSpan().SequenceEqual(model.AsSpan(offset, BlockBytes)), $"The block at {offset} is not what was written last.");
                break;
            case < 9:
                await image.ZeroAsync(offset, BlockBytes, mayUnmap: image.CanUnmap);
                model.AsSpan(offset, BlockBytes).Clear();
                break;
            default:
                await image.FlushAsync();
                break;
        }
    }

    private void Judge(string path, byte[] model)
    {
        QemuImg.Check(path);
        string raw = _directory.PathOf("model.raw");
        File.WriteAllBytes(raw, model);
        QemuImg.Run("compare", "-q", "-F", "raw", path, raw);
    }
}

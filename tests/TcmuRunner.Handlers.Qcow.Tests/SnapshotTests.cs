// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>Snapshots of our own making: QEMU finds nothing wrong with them, and everything is in them.</summary>
public sealed class SnapshotTests : IDisposable
{
    private const int SizeBytes = 2 << 20;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("compat=1.1")]
    [InlineData("compat=0.10")]
    [InlineData("compat=1.1,cluster_size=512")]
    [InlineData("compat=1.1,cluster_size=4096,refcount_bits=4")]
    [InlineData("compat=1.1,extended_l2=on,cluster_size=16k")]
    public async Task Snapshots_are_made_applied_and_deleted_while_the_disk_is_written(string options)
    {
        string path = _directory.PathOf("disk.qcow2");
        QemuImg.Run("create", "-q", "-f", "qcow2", "-o", options, path, $"{SizeBytes}");
        byte[] model = new byte[SizeBytes];
        var states = new Dictionary<string, byte[]>();
        var random = new Random(11);
        await using (Qcow2Image image = await Images.OpenQcow2Async(path))
        {
            for (int round = 0; round < 24; round++)
            {
                await WriteSomeAsync(image, model, random);
                if (states.Count < 4 && random.Next(2) == 0)
                {
                    await image.CreateSnapshotAsync($"s{round}", DateTimeOffset.UnixEpoch.AddDays(round));
                    states.Add($"s{round}", [.. model]);
                }
                else if (states.Count > 0 && random.Next(3) == 0)
                {
                    string applied = states.Keys.ElementAt(random.Next(states.Count));
                    await image.ApplySnapshotAsync(applied);
                    states[applied].CopyTo(model, 0);
                }
                else if (states.Count > 2)
                {
                    string deleted = states.Keys.ElementAt(random.Next(states.Count));
                    await image.DeleteSnapshotAsync(deleted);
                    states.Remove(deleted);
                }

                Assert.Equal(model, await image.ReadAsync(0, SizeBytes));
            }
        }

        QemuImg.Check(path);
        Compare(path, model);
        foreach ((string name, byte[] state) in states)
        {
            await using (ImageLayer snapshot = await Images.OpenAsync(path, new ImageOptions { IsReadOnly = true, Snapshot = name }))
            {
                Assert.Equal(state, await snapshot.ReadAsync(0, SizeBytes));
            }

            QemuImg.Run("snapshot", "-a", name, path);
            Compare(path, state);
        }

        QemuImg.Check(path);
    }

    [Fact]
    public async Task Deleting_the_last_snapshot_leaves_an_image_of_the_size_it_had()
    {
        string path = _directory.PathOf("disk.qcow2");
        QemuImg.Run("create", "-q", "-f", "qcow2", path, $"{SizeBytes}");
        long before;
        await using (Qcow2Image image = await Images.OpenQcow2Async(path))
        {
            await image.WriteAsync(0, Images.Noise(SizeBytes, 1));
        }

        before = new FileInfo(path).Length;
        await using (Qcow2Image image = await Images.OpenQcow2Async(path))
        {
            await image.CreateSnapshotAsync("one", DateTimeOffset.UnixEpoch);
            await image.DeleteSnapshotAsync("one");
        }

        QemuImg.Check(path);
        Assert.InRange(new FileInfo(path).Length, before, before + (3 * 65536));
    }

    [Theory]
    [InlineData("compat=1.1,refcount_bits=1", "reference counts of one bit")]
    [InlineData("compat=1.1,refcount_bits=2", "shared that often already")]
    public async Task What_the_counts_cannot_say_is_refused_and_undone(string options, string expected)
    {
        string path = _directory.PathOf("disk.qcow2");
        QemuImg.Run("create", "-q", "-f", "qcow2", "-o", options, path, $"{SizeBytes}");
        byte[] content = Images.Noise(SizeBytes, 1);
        await using (Qcow2Image image = await Images.OpenQcow2Async(path))
        {
            await image.WriteAsync(0, content);
            HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(async () =>
            {
                for (int index = 0; index < 4; index++)
                {
                    await image.CreateSnapshotAsync($"s{index}", DateTimeOffset.UnixEpoch);
                }
            });

            Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
            await image.WriteAsync(4096, content.AsSpan(4096, 4096).ToArray());
        }

        QemuImg.Check(path);
        Compare(path, content);
    }

    [Fact]
    public async Task Snapshots_under_load_hold_a_state_of_every_block_at_one_time()
    {
        const int Blocks = 64;
        string path = _directory.PathOf("disk.qcow2");
        QemuImg.Run("create", "-q", "-f", "qcow2", "-o", "cluster_size=16k", path, $"{SizeBytes}");
        await using (Qcow2Image image = await Images.OpenQcow2Async(path))
        {
            using var stop = new CancellationTokenSource();
            Task[] writers = [.. Enumerable.Range(0, Blocks).Select(async block =>
            {
                for (int round = 1; !stop.IsCancellationRequested; round++)
                {
                    await image.WriteAsync(block * 4096, [.. Enumerable.Repeat((byte)round, 4096)]);
                    if (round % 8 == block % 8)
                    {
                        // What is given back meanwhile waits for operations to end, and a snapshot waits for that.
                        await image.ZeroAsync((1 << 20) + (block * 16384), 16384, mayUnmap: true);
                        await image.WriteAsync((1 << 20) + (block * 16384), new byte[512]);
                        await image.FlushAsync();
                    }

                    await Task.Yield();
                }
            })];
            for (int index = 0; index < 5; index++)
            {
                await image.CreateSnapshotAsync($"s{index}", DateTimeOffset.UnixEpoch).WaitAsync(TimeSpan.FromMinutes(2));
            }

            await image.DeleteSnapshotAsync("s1");
            await stop.CancelAsync();
            await Task.WhenAll(writers);
        }

        QemuImg.Check(path);
        await using ImageLayer snapshot = await Images.OpenAsync(path, new ImageOptions { IsReadOnly = true, Snapshot = "s3" });
        for (int block = 0; block < Blocks; block++)
        {
            byte[] content = await snapshot.ReadAsync(block * 4096, 4096);
            Assert.All(content, value => Assert.Equal(content[0], value));
        }
    }

    private static async Task WriteSomeAsync(Qcow2Image image, byte[] model, Random random)
    {
        for (int count = 0; count < 6; count++)
        {
            int length = (1 + random.Next(100)) * 512;
            int offset = random.Next((SizeBytes - length) / 512) * 512;
            if (random.Next(4) == 0)
            {
                await image.ZeroAsync(offset, length, mayUnmap: true);
                model.AsSpan(offset, length).Clear();
            }
            else
            {
                byte[] data = new byte[length];
                random.NextBytes(data);
                await image.WriteAsync(offset, data);
                data.CopyTo(model, offset);
            }
        }
    }

    private void Compare(string path, byte[] model)
    {
        string raw = _directory.PathOf("model.raw");
        File.WriteAllBytes(raw, model);
        QemuImg.Run("compare", "-q", "-F", "raw", path, raw);
    }
}

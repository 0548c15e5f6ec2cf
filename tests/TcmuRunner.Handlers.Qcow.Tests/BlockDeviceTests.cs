// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>An image on a block device, as it lies on a logical volume: it cannot grow with the writes. A loop device, where there is one to be had.</summary>
public sealed class BlockDeviceTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1, "compat=1.1")]
    [InlineData(2, "compat=0.10,cluster_size=4096")]
    [InlineData(3, "compat=1.1,extended_l2=on,cluster_size=16k")]
    public async Task It_agrees_with_the_model_and_with_qemu(int seed, string options)
    {
        using LoopDevice device = LoopDevice.Attach(_directory.PathOf("store"), 128 << 20);
        QemuImg.Run("create", "-q", "-f", "qcow2", "-o", options, device.Path, $"{2 << 20}");

        var run = new ModelRun(device.Path, new byte[2 << 20], seed);
        await run.RunAsync();

        run.Judge(_directory.PathOf("model.raw"));
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_and_the_image_stays_whole()
    {
        const int sizeBytes = 16 << 20;
        using LoopDevice device = LoopDevice.Attach(_directory.PathOf("store"), 8 << 20);
        QemuImg.Run("create", "-q", "-f", "qcow2", device.Path, $"{sizeBytes}");
        byte[] model = new byte[sizeBytes];

        await using (ImageLayer image = await Images.OpenAsync(device.Path))
        {
            using var data = new IoBuffer(65536);
            var outcomes = new List<IoOutcome>();
            for (int offset = 0; offset < sizeBytes; offset += data.Length)
            {
                data.Span.Fill((byte)(1 + (offset >> 16)));
                IoStatus status = await image.WriteAsync(offset, data.List, WriteOptions.None, CancellationToken.None);
                outcomes.Add(status.Outcome);
                if (status.IsGood)
                {
                    data.Span.CopyTo(model.AsSpan(offset));
                }
            }

            int written = outcomes.IndexOf(IoOutcome.NoSpace);
            Assert.InRange(written, 100, 8 << 4);
            Assert.All(outcomes.Skip(written), outcome => Assert.Equal(IoOutcome.NoSpace, outcome));

            // What was given back is there to be used again.
            await image.ZeroAsync(0, 1 << 20, mayUnmap: true);
            model.AsSpan(0, 1 << 20).Clear();
            await image.FlushAsync();
            Assert.Equal(model, await image.ReadAsync(0, sizeBytes));
        }

        QemuImg.Check(device.Path);
        await using (ImageLayer image = await Images.OpenAsync(device.Path))
        {
            byte[] more = Images.Noise(1 << 19, 7);
            await image.WriteAsync(12 << 20, more);
            more.CopyTo(model, 12 << 20);
        }

        QemuImg.Check(device.Path);
        await File.WriteAllBytesAsync(_directory.PathOf("model.raw"), model);
        QemuImg.Run("compare", "-q", "-F", "raw", device.Path, _directory.PathOf("model.raw"));
    }

    private sealed class LoopDevice(string path) : IDisposable
    {
        public string Path => path;

        public static LoopDevice Attach(string file, long sizeBytes)
        {
            using (FileStream stream = File.Create(file))
            {
                stream.SetLength(sizeBytes);
            }

            string device = Losetup("--find", "--show", file);
            Assert.SkipUnless(device.StartsWith("/dev/loop", StringComparison.Ordinal), "There is no loop device to be had here.");
            return new LoopDevice(device);
        }

        public void Dispose() => Losetup("--detach", path);

        private static string Losetup(params string[] arguments)
        {
            var start = new ProcessStartInfo("losetup", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            try
            {
                using Process process = Process.Start(start)!;
                string output = process.StandardOutput.ReadToEnd().Trim();
                process.WaitForExit();
                return output;
            }
            catch (Win32Exception)
            {
                // Not installed.
                return string.Empty;
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>
/// Random operations on an image and on an array of bytes: both must hold the same in the end, for us and for qemu-img, and qemu-img must
/// find nothing to complain about. The environment variable QCOW_SEQUENCES asks for more than the default number of runs, QCOW_SEED for
/// others.
/// </summary>
public sealed class ModelTests : IDisposable
{
    private const int DefaultSequences = 2;

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Formats =>
    [
        "compat=0.10",
        "compat=0.10,cluster_size=512",
        "compat=1.1",
        "compat=1.1,cluster_size=512",
        "compat=1.1,cluster_size=4096,refcount_bits=1",
        "compat=1.1,cluster_size=4096,refcount_bits=2",
        "compat=1.1,cluster_size=512,refcount_bits=64",
        "compat=1.1,cluster_size=1024,refcount_bits=8",
        "compat=1.1,cluster_size=2M,refcount_bits=32",
        "compat=1.1,lazy_refcounts=on",
        "compat=1.1,extended_l2=on,cluster_size=16k",
        "compat=1.1,extended_l2=on,cluster_size=64k",
        "compat=1.1,preallocation=metadata",
        "compat=1.1,data_file=DATA",
        "compat=1.1,data_file=DATA,data_file_raw=on",
    ];

    public static TheoryData<string> Backings =>
    [
        "raw:compat=0.10",
        "raw:compat=1.1",
        "qcow2:compat=1.1,cluster_size=4096",
        "qcow2:compat=1.1,extended_l2=on,cluster_size=16k",
        "qcow:compat=1.1",
        "compressed:compat=1.1",
        "zstd:compat=1.1",
        "short:compat=1.1",
        "short:compat=0.10",
        "long:compat=1.1,cluster_size=1024",
    ];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task An_image_agrees_with_the_model_and_with_qemu(string options)
    {
        foreach (int seed in Seeds())
        {
            string path = _directory.PathOf($"disk-{seed}.qcow2");
            long size = SizeFor(seed);
            QemuImg.Run("create", "-q", "-f", "qcow2", "-o", options.Replace("DATA", _directory.PathOf($"data-{seed}"), StringComparison.Ordinal), path, $"{size}");

            var run = new ModelRun(path, new byte[size], seed);
            await run.RunAsync();

            run.Judge(_directory.PathOf("model.raw"));
            _directory.Empty();
        }
    }

    [Theory]
    [MemberData(nameof(Backings))]
    public async Task An_overlay_agrees_with_the_model_and_with_qemu(string kind)
    {
        string[] parts = kind.Split(':');
        foreach (int seed in Seeds())
        {
            long size = SizeFor(seed);
            (string backing, string format, byte[] content) = MakeBacking(parts[0], size, seed);
            string path = _directory.PathOf($"overlay-{seed}.qcow2");
            QemuImg.Run("create", "-q", "-f", "qcow2", "-b", backing, "-F", format, "-o", parts[1], path, $"{size}");
            byte[] before = await File.ReadAllBytesAsync(backing);
            byte[] model = new byte[size];
            content.AsSpan(0, (int)Math.Min(size, content.Length)).CopyTo(model);

            var run = new ModelRun(path, model, seed);
            await run.RunAsync();

            run.Judge(_directory.PathOf("model.raw"));
            Assert.Equal(before, await File.ReadAllBytesAsync(backing));
            _directory.Empty();
        }
    }

    [Theory]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public async Task A_compressed_image_is_read_and_overwritten(string compression)
    {
        foreach (int seed in Seeds())
        {
            int size = (int)SizeFor(seed);
            byte[] content = Compressible(size, seed);
            string raw = _directory.PathOf("source.raw");
            await File.WriteAllBytesAsync(raw, content);
            string path = _directory.PathOf($"compressed-{seed}.qcow2");
            QemuImg.Run("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", $"compression_type={compression}", raw, path);

            var run = new ModelRun(path, content, seed);
            await run.RunAsync();

            run.Judge(_directory.PathOf("model.raw"));
            _directory.Empty();
        }
    }

    private static IEnumerable<int> Seeds()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("QCOW_SEQUENCES") ?? $"{DefaultSequences}", CultureInfo.InvariantCulture);
        int first = int.Parse(Environment.GetEnvironmentVariable("QCOW_SEED") ?? "1", CultureInfo.InvariantCulture);
        return Enumerable.Range(first, count);
    }

    // No whole number of clusters, and small enough that most clusters are met more than once.
    private static long SizeFor(int seed) => (1L << 20) + (new Random(seed).Next(1, 4000) * 512L);

    private static byte[] Compressible(int size, int seed)
    {
        byte[] content = new byte[size];
        var random = new Random(seed);
        for (int offset = 0; offset < size; offset += 1024)
        {
            content.AsSpan(offset, Math.Min(1024, size - offset)).Fill((byte)random.Next(4));
        }

        return content;
    }

    private (string Path, string Format, byte[] Content) MakeBacking(string kind, long size, int seed)
    {
        long length = kind switch
        {
            "short" => size / 3 / 512 * 512,
            "long" => size * 2,
            _ => size,
        };
        byte[] content = Compressible((int)length, seed + 1000);
        string raw = _directory.PathOf($"base-{seed}.raw");
        File.WriteAllBytes(raw, content);
        string path = _directory.PathOf($"base-{seed}.img");
        switch (kind)
        {
            case "qcow2":
                QemuImg.Run("convert", "-f", "raw", "-O", "qcow2", raw, path);
                return (path, "qcow2", content);
            case "qcow":
                QemuImg.Run("convert", "-f", "raw", "-O", "qcow", raw, path);
                return (path, "qcow", content);
            case "compressed" or "zstd":
                QemuImg.Run("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", $"compression_type={(kind == "zstd" ? "zstd" : "zlib")}", raw, path);
                return (path, "qcow2", content);
            default:
                return (raw, "raw", content);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>
/// Damaged images are refused with a sentence or served without harm: no other exception, no hang, no write far outside the file. QCOW_FUZZ
/// asks for more than the default number of damages per image, QCOW_SEED for others.
/// </summary>
public sealed class FuzzTests : IDisposable
{
    private const int SizeBytes = 1 << 20;
    private const string DiskPath = "/disk.img";

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Corpus =>
    [
        "qcow2:compat=1.1,cluster_size=4096",
        "qcow2:compat=0.10,cluster_size=512",
        "qcow2:compat=1.1,extended_l2=on,cluster_size=16k",
        "qcow2:compat=1.1,refcount_bits=1",
        "compressed:compression_type=zlib",
        "compressed:compression_type=zstd",
        "snapshot:compat=1.1,cluster_size=4096",
        "qcow:",
    ];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Corpus))]
    public async Task A_damaged_image_does_no_harm(string kind)
    {
        byte[] image = Make(kind);
        int count = int.Parse(Environment.GetEnvironmentVariable("QCOW_FUZZ") ?? "60", CultureInfo.InvariantCulture);
        int first = int.Parse(Environment.GetEnvironmentVariable("QCOW_SEED") ?? "0", CultureInfo.InvariantCulture);
        int served = 0;
        for (int seed = first; seed < first + count; seed++)
        {
            byte[] damaged = Damage(image, new Random(seed));
            try
            {
                served += await UseAsync(damaged, seed).WaitAsync(TimeSpan.FromSeconds(30)) ? 1 : 0;
            }
            catch (Exception failure) when (failure is not HandlerException)
            {
                Assert.Fail($"{kind}, seed {seed}: {failure}");
            }
        }

        Assert.True(served > 0, "Every damaged image was refused: nothing behind the header was tried.");
    }

    private static async Task<bool> UseAsync(byte[] damaged, int seed)
    {
        var random = new Random(seed);
        var files = new MemoryFileSystem(new MemoryFile(DiskPath, damaged));
        try
        {
            await using ImageLayer image = await Images.OpenAsync(DiskPath, new ImageOptions { IsReadOnly = random.Next(4) == 0 }, files);
            if (image.SizeBytes < 4096)
            {
                return true;
            }

            for (int step = 0; step < 12; step++)
            {
                await StepAsync(image, random);
            }

            if (image is Qcow2Image qcow2)
            {
                var checker = new ImageChecker(qcow2);
                await checker.WalkAsync(CancellationToken.None);
                await checker.CompareAsync(CancellationToken.None);
            }

            return true;
        }
        catch (HandlerException refusal)
        {
            Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
            return false;
        }
    }

    private static async Task StepAsync(ImageLayer image, Random random)
    {
        using var buffer = new IoBuffer(512 * (1 + random.Next(64)));
        long end = Math.Min(image.SizeBytes, random.Next(3) == 0 ? long.MaxValue : SizeBytes);
        long offset = Math.Max(0, (random.NextInt64(end) - buffer.Length) & -512);
        int length = (int)Math.Min(buffer.Length, (image.SizeBytes - offset) & -512);
        _ = random.Next(6) switch
        {
            < 2 => await image.ReadAsync(offset, buffer.List.Slice(0, length), CancellationToken.None),
            < 4 => await image.WriteAsync(offset, buffer.List.Slice(0, length), WriteOptions.None, CancellationToken.None),
            4 => await image.ZeroAsync(offset, length, mayUnmap: true, CancellationToken.None),
            _ => await image.FlushAsync(CancellationToken.None),
        };
    }

    private static byte[] Damage(byte[] image, Random random)
    {
        byte[] damaged = [.. image];
        for (int count = 1 + random.Next(4); count > 0; count--)
        {
            int area = random.Next(3) switch
            {
                0 => 112,
                1 => Math.Min(damaged.Length, 64 << 10),
                _ => damaged.Length,
            };
            int position = random.Next(area);
            switch (random.Next(4))
            {
                case 0:
                    damaged[position] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    damaged[position] = (byte)random.Next(256);
                    break;
                case 2:
                    int length = Math.Min(8, damaged.Length - position);
                    damaged.AsSpan(position, length).Fill((byte)(random.Next(2) * 255));
                    break;
                default:
                    int from = random.Next(damaged.Length / 8) * 8;
                    int to = random.Next(damaged.Length / 8) * 8;
                    damaged.AsSpan(from, 8).CopyTo(damaged.AsSpan(to, 8));
                    break;
            }
        }

        return random.Next(10) == 0 ? damaged[..random.Next(damaged.Length)] : damaged;
    }

    private byte[] Make(string kind)
    {
        string[] parts = kind.Split(':');
        string raw = _directory.PathOf("source.raw");
        byte[] content = Images.Noise(SizeBytes, 5);
        content.AsSpan(SizeBytes / 4, SizeBytes / 2).Clear();
        for (int offset = 0; offset < SizeBytes / 8; offset += 512)
        {
            content.AsSpan(offset, 256).Clear();
        }

        File.WriteAllBytes(raw, content);
        string path = _directory.PathOf("image");
        string format = parts[0] == "qcow" ? "qcow" : "qcow2";
        string[] options = parts[1].Length == 0 ? [] : ["-o", parts[1]];
        QemuImg.Run(["convert", "-f", "raw", "-O", format, .. parts[0] == "compressed" ? ["-c"] : Array.Empty<string>(), .. options, raw, path]);
        if (parts[0] == "snapshot")
        {
            QemuImg.Run("snapshot", "-c", "one", path);
            QemuImg.Run("snapshot", "-c", "two", path);
        }

        return File.ReadAllBytes(path);
    }
}

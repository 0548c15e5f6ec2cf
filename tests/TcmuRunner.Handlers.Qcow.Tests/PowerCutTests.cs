// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>
/// The power goes at every point of a sequence: what was written and not flushed is there, or not, or in pieces of 512 bytes. The image always
/// opens, contradicts itself nowhere, and holds everything that was flushed. QCOW_CUT_SEQUENCES asks for so many sequences, each cut at every
/// point; without it, one is cut at every twenty-third.
/// </summary>
public sealed class PowerCutTests : IDisposable
{
    private const int SizeBytes = 256 << 10;
    private const int Steps = 24;
    private const string DiskPath = "/disk.qcow2";
    private readonly TemporaryDirectory _directory = new();

    private string BackingPath => _directory.PathOf("base.raw");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("compat=1.1,cluster_size=4096", false)]
    [InlineData("compat=1.1,cluster_size=4096", true)]
    [InlineData("compat=1.1,cluster_size=512", true)]
    [InlineData("compat=0.10,cluster_size=4096", true)]
    [InlineData("compat=1.1,extended_l2=on,cluster_size=16k", true)]
    [InlineData("compat=1.1", true)]
    public async Task Whenever_the_power_goes_the_image_is_whole_and_holds_what_was_flushed(string options, bool hasBacking)
    {
        string? asked = Environment.GetEnvironmentVariable("QCOW_CUT_SEQUENCES");
        int sequences = int.Parse(asked ?? "1", CultureInfo.InvariantCulture);
        for (int seed = 1; seed <= sequences; seed++)
        {
            byte[] backing = hasBacking ? Images.Noise(SizeBytes, seed) : [];
            byte[] image = MakeImage(options, backing);
            (List<FileEvent> events, List<GuestWrite> writes) = await RecordAsync(image, backing, seed);

            for (int cut = 0; cut <= events.Count; cut += asked is null ? 23 : 1)
            {
                foreach (CutMode mode in Enum.GetValues<CutMode>())
                {
                    byte[] after = Rebuild(image, events, cut, mode, new Random(seed + cut));
                    await JudgeAsync(cut, after, backing, Expectation.At(cut, events, writes, hasBacking ? backing : new byte[SizeBytes]), $"{options}, seed {seed}, cut {cut} of {events.Count}, {mode}");
                }
            }
        }
    }

    private byte[] MakeImage(string options, byte[] backing)
    {
        string path = _directory.PathOf("disk.qcow2");
        File.WriteAllBytes(BackingPath, backing);
        string[] overlay = backing.Length == 0 ? [] : ["-b", BackingPath, "-F", "raw", "-u"];
        QemuImg.Run(["create", "-q", "-f", "qcow2", "-o", options, .. overlay, path, $"{SizeBytes}"]);
        return File.ReadAllBytes(path);
    }

    private MemoryFileSystem FilesOf(MemoryFile disk, byte[] backing) => new(disk, new MemoryFile(BackingPath, backing));

    private async Task<(List<FileEvent> Events, List<GuestWrite> Writes)> RecordAsync(byte[] image, byte[] backing, int seed)
    {
        var random = new Random(seed);
        var disk = new MemoryFile(DiskPath, image) { Events = [] };
        var writes = new List<GuestWrite>();
        await using (ImageLayer layer = await Images.OpenAsync(DiskPath, files: FilesOf(disk, backing)))
        {
            for (int step = 0; step < Steps; step++)
            {
                await StepAsync(layer, disk, writes, random);
            }
        }

        return (disk.Events, writes);
    }

    private static async Task StepAsync(ImageLayer image, MemoryFile disk, List<GuestWrite> writes, Random random)
    {
        int sectors = 1 + random.Next(random.Next(2) == 0 ? 4 : 60);
        int offset = random.Next((SizeBytes / 512) - sectors + 1) * 512;
        byte[] data = new byte[sectors * 512];
        int start = disk.Now;
        bool isDurable = false;
        switch (random.Next(12))
        {
            case < 6:
                random.NextBytes(data);
                isDurable = random.Next(5) == 0;
                await image.WriteAsync(offset, data, isDurable ? WriteOptions.ForceUnitAccess : WriteOptions.None);
                break;
            case < 9:
                await image.ZeroAsync(offset, data.Length, mayUnmap: image.CanUnmap);
                break;
            case < 10 when image is Qcow2Image { Header.Version: >= 3 } qcow2:
                await ChangeSnapshotsAsync(qcow2, random);
                return;
            default:
                await image.FlushAsync();
                writes.Add(new GuestWrite(start, disk.Now, 0, [], IsFlush: true));
                return;
        }

        writes.Add(new GuestWrite(start, disk.Now, offset, data, isDurable));
    }

    private static Task ChangeSnapshotsAsync(Qcow2Image image, Random random) =>
        image.Snapshots.Length < 2 || random.Next(2) == 0
            ? image.CreateSnapshotAsync($"s{random.Next()}", DateTimeOffset.UnixEpoch)
            : image.DeleteSnapshotAsync(image.Snapshots[0].Id);

    /// <summary>The file after a power cut: all that a flush or a durable write covered, and of the rest what the mode says.</summary>
    private static byte[] Rebuild(byte[] image, List<FileEvent> events, int cut, CutMode mode, Random random)
    {
        byte[] content = [.. image];
        long length = image.Length;
        int flushed = events.FindLastIndex(Math.Max(0, cut - 1), Math.Min(cut, events.Count), what => what.Kind == FileEventKind.Flush);
        for (int index = 0; index < cut; index++)
        {
            FileEvent what = events[index];
            if (what.Kind == FileEventKind.Flush)
            {
                continue;
            }

            bool isCertain = index <= flushed || what.Kind == FileEventKind.DurableWrite || mode == CutMode.Everything;
            if (isCertain || (what.Kind == FileEventKind.Length && mode == CutMode.Pieces && random.Next(2) == 0))
            {
                MemoryFile.Apply(ref content, ref length, what);
            }
            else if (what.Kind == FileEventKind.Write && mode == CutMode.Pieces)
            {
                for (int done = 0; done < what.Data.Length; done += 512)
                {
                    if (random.Next(2) == 0)
                    {
                        byte[] piece = what.Data[done..Math.Min(what.Data.Length, done + 512)];
                        MemoryFile.Apply(ref content, ref length, new FileEvent(FileEventKind.Write, what.Offset + done, piece));
                    }
                }
            }
        }

        return content.AsSpan(0, (int)length).ToArray();
    }

    private async Task JudgeAsync(int cut, byte[] after, byte[] backing, Expectation expected, string when)
    {
        var disk = new MemoryFile(DiskPath, after);
        await using (Qcow2Image image = await Images.OpenQcow2Async(DiskPath, new ImageOptions { IsReadOnly = true }, FilesOf(disk, backing)))
        {
            expected.Check(await image.ReadAsync(0, SizeBytes), when);
            if (!image.Header.Incompatible.HasFlag(Format.IncompatibleFeatures.Dirty))
            {
                var checker = new ImageChecker(image);
                await checker.WalkAsync(CancellationToken.None);
                await checker.CompareAsync(CancellationToken.None);
                Assert.True(checker.Report.Corruptions == 0 && checker.Report.WrongFlags == 0, $"{when}: {string.Join(' ', checker.Report.Problems)}");
            }
        }

        // The next start writes, and leaves an image without a fault.
        await using (Qcow2Image image = await Images.OpenQcow2Async(DiskPath, files: FilesOf(disk, backing)))
        {
            expected.Check(await image.ReadAsync(0, SizeBytes), $"{when}, opened for writing");
            await image.WriteAsync(SizeBytes / 2, Images.Noise(4096, 3));
        }

        if (cut % 50 == 0)
        {
            string path = _directory.PathOf("cut.qcow2");
            await File.WriteAllBytesAsync(path, disk.ToArray());
            QemuImg.Check(path, allowLeaks: true);
        }
    }

    private enum CutMode
    {
        Nothing,
        Everything,
        Pieces,
    }
}

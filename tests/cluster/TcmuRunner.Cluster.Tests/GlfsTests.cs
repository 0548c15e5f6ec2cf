// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Glfs;
using TcmuRunner.Io;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Cluster.Tests;

/// <summary>The glfs handler beyond the contract: what the bricks hold, what is refused, a brick that dies, two gateways.</summary>
public sealed class GlfsTests(GlusterVolume volume)
{
    private const int Size = 8 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task What_was_written_zeroed_and_discarded_is_on_the_brick()
    {
        string file = volume.CreateFile(Size);
        byte[] model = Noise(1, Size);
        await using (GlfsDevice device = await OpenAsync(file))
        {
            Assert.Equal(IoStatus.Good, await WriteAsync(device, 0, model));
            Assert.Equal(IoStatus.Good, await device.UnmapAsync(4096, 65536, CancellationToken.None));
            using var zeros = new ScatteredMemory(512);
            Assert.Equal(IoStatus.Good, await device.WriteSameAsync(1 << 20, 1 << 20, zeros.List, CancellationToken.None));
            Assert.Equal(IoStatus.Good, await device.FlushAsync(CancellationToken.None));
            await Task.Yield();
        }

        model.AsSpan(4096, 65536).Clear();
        model.AsSpan(1 << 20, 1 << 20).Clear();
        byte[] stored = await File.ReadAllBytesAsync(volume.PathOf(file));
        Assert.True(model.AsSpan().SequenceEqual(stored));
    }

    [Fact]
    public async Task Extents_tell_holes_and_what_is_not_flushed_yet()
    {
        const int Piece = 1 << 20;
        await using GlfsDevice device = await OpenAsync(volume.CreateFile(Size));

        Assert.Equal(new Extent(Size, ExtentState.Deallocated), await device.GetExtentAsync(0, Size, CancellationToken.None));
        Assert.Equal(IoStatus.Good, await WriteAsync(device, 2 * Piece, Noise(1, Piece)));
        Extent before = await device.GetExtentAsync(0, Size, CancellationToken.None);
        Extent written = await device.GetExtentAsync(2 * Piece, Size - (2 * Piece), CancellationToken.None);
        Extent cut = await device.GetExtentAsync(2 * Piece, 4096, CancellationToken.None);
        Extent behind = await device.GetExtentAsync(3 * Piece, Size - (3 * Piece), CancellationToken.None);
        Assert.Equal(IoStatus.Good, await device.UnmapAsync(2 * Piece, Piece, CancellationToken.None));
        await Task.Yield();
        Extent unmapped = await device.GetExtentAsync(0, Size, CancellationToken.None);

        Assert.Equal(new Extent(2 * Piece, ExtentState.Deallocated), before);
        Assert.Equal(new Extent(Piece, ExtentState.Mapped), written);
        Assert.Equal(new Extent(4096, ExtentState.Mapped), cut);
        Assert.Equal(new Extent(Size - (3 * Piece), ExtentState.Deallocated), behind);
        Assert.Equal(new Extent(Size, ExtentState.Deallocated), unmapped);
    }

    [Theory]
    [InlineData("VOLUME/missing", HandlerErrorKind.NotFound, "there is no file 'missing'")]
    [InlineData("nothing@SERVER/disk", HandlerErrorKind.NotFound, "no Gluster volume 'nothing'")]
    [InlineData("block@127.0.0.1:1/disk", HandlerErrorKind.TimedOut, "no Gluster server answers")]
    public async Task What_is_missing_is_named(string configuration, HandlerErrorKind kind, string part)
    {
        string text = configuration.Replace("VOLUME", volume.Volume, StringComparison.Ordinal)
            .Replace("SERVER", volume.Volume.Split('@')[1], StringComparison.Ordinal);

        HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(() => OpenTextAsync("glfs/" + text));

        Assert.Equal(kind, refusal.Kind);
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_size_is_refused()
    {
        string file = volume.CreateFile(Size);

        HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(() => OpenTextAsync($"glfs/{volume.Volume}/{file}", Size / 2));

        Assert.Equal(HandlerErrorKind.SizeMismatch, refusal.Kind);
    }

    [Fact]
    public async Task A_file_is_made_when_that_is_asked_for()
    {
        string name = $"t{Guid.NewGuid():N}";

        await using GlfsDevice device = await OpenTextAsync($"glfs/{volume.Volume}/{name};create", Size);

        Assert.Equal(Size, new FileInfo(volume.PathOf(name)).Length);
    }

    [Fact]
    public async Task A_disk_goes_on_when_its_brick_is_back_and_keeps_what_was_flushed()
    {
        string file = volume.CreateFile(Size);
        await using GlfsDevice device = await OpenAsync(file);
        byte[] flushed = Noise(1, 65536);
        Assert.Equal(IoStatus.Good, await WriteAsync(device, 0, flushed));
        Assert.Equal(IoStatus.Good, await device.FlushAsync(CancellationToken.None));
        await Task.Yield();

        volume.KillBrick();
        IoStatus away = await ReadAsync(device, new byte[4096]);
        volume.Revive();

        Assert.Equal(IoOutcome.Busy, away.Outcome);
        byte[] content = new byte[flushed.Length];
        using var limit = new CancellationTokenSource(s_limit);
        while (!(await ReadAsync(device, content)).IsGood)
        {
            await Task.Delay(50, limit.Token);
        }

        Assert.Equal(flushed, content);
        Assert.Equal(IoStatus.Good, await WriteAsync(device, 4096, flushed));
    }

    [Fact]
    public async Task Reads_and_writes_allocate_nothing()
    {
        const int Operations = 1000;
        const long Tolerance = 8 * 1024;
        await using GlfsDevice device = await OpenAsync(volume.CreateFile(Size));
        long least = long.MaxValue;
        for (int round = 0; round < 5 && least > Tolerance; round++)
        {
            using var load = new OperationLoad(device, depth: 8, Operations);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Assert.True(await load.RunAsync().WaitAsync(s_limit));
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.True(least <= Tolerance, $"{Operations} operations allocated {least} bytes.");
    }

    private static byte[] Noise(int seed, int length)
    {
        byte[] noise = new byte[length];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static async Task<IoStatus> WriteAsync(GlfsDevice device, long offsetBytes, byte[] data)
    {
        using var memory = new ScatteredMemory(data, data.Length);
        IoStatus status = await device.WriteAsync(offsetBytes, memory.List, WriteOptions.None, CancellationToken.None);
        await Task.Yield();
        return status;
    }

    private static async Task<IoStatus> ReadAsync(GlfsDevice device, byte[] content)
    {
        using var memory = new ScatteredMemory(content.Length);
        IoStatus status = await device.ReadAsync(0, memory.List, CancellationToken.None);
        await Task.Yield();
        memory.ToArray().CopyTo(content, 0);
        return status;
    }

    private Task<GlfsDevice> OpenAsync(string file) => OpenTextAsync($"glfs/{volume.Volume}/{file}");

    private static async Task<GlfsDevice> OpenTextAsync(string configuration, long? sizeBytes = null)
    {
        Assert.True(ConfigurationString.TryParse(configuration, out ConfigurationString? parsed, out string? reason), reason);
        var request = new OpenRequest
        {
            Configuration = parsed,
            DeviceName = "glfs/disk1",
            BlockSizeBytes = 512,
            SizeBytes = sizeBytes,
            Files = new AsyncFileSystem(),
            Logger = NullLogger.Instance,
        };
        return (GlfsDevice)await new GlfsHandler().OpenAsync(request, CancellationToken.None);
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Rbd;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Cluster.Tests;

/// <summary>What the handler leaves in an image, as Ceph's own tools see it.</summary>
public sealed class RbdDataTests(CephCluster cluster)
{
    private const int Size = (12 << 20) + 1536;
    private const int Block = 512;

    [Fact]
    public async Task Everything_that_was_done_is_in_the_export()
    {
        const int Steps = 300;
        byte[] model = new byte[Size];
        var random = new Random(20261120);
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, Size);

        for (int step = 0; step < Steps; step++)
        {
            int length = (1 + random.Next(step % 10 == 0 ? 8192 : 64)) * Block;
            int offset = random.Next((Size - length) / Block + 1) * Block;
            await StepAsync(disk.Device, random, model, offset, length);
        }

        Assert.Equal(IoStatus.Good, await disk.Device.FlushAsync(CancellationToken.None));
        await RbdDisk.LeaveLibraryAsync();
        Assert.True(model.AsSpan().SequenceEqual(cluster.Export(disk.Image)));
    }

    [Fact]
    public async Task Unmapped_objects_are_given_back()
    {
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, 16 << 20);
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(disk.Device, 0, [.. Enumerable.Repeat((byte)1, 16 << 20)]));
        Assert.Equal(4, CountObjects(disk.Image));

        Assert.Equal(IoStatus.Good, await disk.Device.UnmapAsync(4 << 20, 8 << 20, CancellationToken.None));
        await RbdDisk.LeaveLibraryAsync();

        Assert.Equal(2, CountObjects(disk.Image));
        Extent hole = await disk.Device.GetExtentAsync(4 << 20, 12 << 20, CancellationToken.None);
        Assert.Equal(new Extent(8 << 20, ExtentState.Deallocated), hole);
        Assert.Equal(ExtentState.Mapped, (await disk.Device.GetExtentAsync(12 << 20, 4 << 20, CancellationToken.None)).State);
    }

    [Fact]
    public async Task A_comparison_across_a_boundary_is_left_to_the_engine()
    {
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, Size);
        using var memory = new ScatteredMemory(2 * Block);

        IoStatus status = await disk.Device.CompareAndWriteAsync((4 << 20) - Block, memory.List, memory.List, CancellationToken.None);

        Assert.Equal(IoOutcome.NotSupported, status.Outcome);
    }

    [Fact]
    public async Task A_thousand_operations_are_in_flight_at_once()
    {
        const int Depth = 2000;
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, 16 << 20);
        using var memory = new ScatteredMemory([.. Enumerable.Repeat(4096, Depth)]);
        byte[] noise = new byte[Depth * 4096];
        new Random(1).NextBytes(noise);
        memory.List.CopyFrom(noise);

        Task<IoStatus>[] writes = [.. Enumerable.Range(0, Depth).Select(index => disk.Device.WriteAsync(
            index * 4096L, memory.List.Slice(index * 4096L, 4096), WriteOptions.None, CancellationToken.None).AsTask())];
        IoStatus[] results = await Task.WhenAll(writes);
        await RbdDisk.LeaveLibraryAsync();

        Assert.All(results, status => Assert.Equal(IoStatus.Good, status));
        Assert.True(noise.AsSpan().SequenceEqual(cluster.Export(disk.Image).AsSpan(0, noise.Length)));
    }

    [Fact]
    public async Task A_disk_that_grows_makes_the_image_grow_and_one_that_shrinks_leaves_it()
    {
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, 8 << 20);

        await disk.Device.ResizeAsync(16 << 20, CancellationToken.None);
        Assert.Contains("size 16 MiB", cluster.Rbd("info", disk.Image), StringComparison.Ordinal);

        await disk.Device.ResizeAsync(4 << 20, CancellationToken.None);
        Assert.Contains("size 16 MiB", cluster.Rbd("info", disk.Image), StringComparison.Ordinal);
    }

    private int CountObjects(string image) => cluster.Rbd("diff", "--whole-object", image).Split('\n').Count(line => line.Contains("data", StringComparison.Ordinal));

    private static async Task StepAsync(RbdDevice device, Random random, byte[] model, int offset, int length)
    {
        byte[] data = new byte[length];
        random.NextBytes(data);
        switch (random.Next(5))
        {
            case 0:
                Assert.Equal(IoStatus.Good, await device.UnmapAsync(offset, length, CancellationToken.None));
                model.AsSpan(offset, length).Clear();
                break;
            case 1:
                using (var block = new ScatteredMemory(data.AsSpan(0, Block), 100, Block - 100))
                {
                    Assert.Equal(IoStatus.Good, await device.WriteSameAsync(offset, length, block.List, CancellationToken.None));
                }

                for (int at = offset; at < offset + length; at += Block)
                {
                    data.AsSpan(0, Block).CopyTo(model.AsSpan(at));
                }

                break;
            case 2:
                await CompareAsync(device, random, model, offset, data.AsSpan(0, Block).ToArray());
                break;
            default:
                Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(device, offset, data));
                data.CopyTo(model, offset);
                break;
        }

        await RbdDisk.LeaveLibraryAsync();
    }

    private static async Task CompareAsync(RbdDevice device, Random random, byte[] model, int offset, byte[] data)
    {
        byte[] expected = model.AsSpan(offset, Block).ToArray();
        int difference = random.Next(2 * Block);
        if (difference < Block)
        {
            expected[difference] ^= 0x10;
        }

        using var wanted = new ScatteredMemory(expected, 10, Block - 10);
        using var replacement = new ScatteredMemory(data, Block);
        IoStatus status = await device.CompareAndWriteAsync(offset, wanted.List, replacement.List, CancellationToken.None);

        Assert.Equal(difference < Block ? IoStatus.Miscompare(difference) : IoStatus.Good, status);
        if (status.IsGood)
        {
            data.CopyTo(model, offset);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Rbd;

namespace TcmuRunner.Cluster.Tests;

/// <summary>Daemons of the cluster are killed, and come back; the cluster fills, and is emptied.</summary>
public sealed class RbdFaultTests(CephCluster cluster)
{
    private const int Size = 8 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Without_an_OSD_a_command_ends_after_its_time_out_and_the_disk_goes_on_when_it_is_back()
    {
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, Size, ";osd_op_timeout=3");
        byte[] acknowledged = Noise(1);
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(disk.Device, 0, acknowledged));

        cluster.Kill("osd.0");
        IoStatus status = await RbdDisk.WriteAsync(disk.Device, 4096, Noise(2)).WaitAsync(s_limit);
        cluster.Revive();

        Assert.Equal(IoOutcome.TimedOut, status.Outcome);
        Assert.True(disk.Device.ReadStatus().TimedOut > 0);
        byte[] later = Noise(3);
        await EventuallyAsync(disk.Device, 4096, later);
        Assert.Equal(acknowledged, await RbdDisk.ReadAsync(disk.Device, 0, 4096));
        Assert.Equal(later, await RbdDisk.ReadAsync(disk.Device, 4096, 4096));
    }

    [Fact]
    public async Task An_OSD_that_comes_back_in_time_is_not_noticed()
    {
        const int Depth = 32;
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, Size, ";osd_op_timeout=100");
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(disk.Device, 0, Noise(1)));

        cluster.Kill("osd.0");
        Task<IoStatus>[] writes = [.. Enumerable.Range(0, Depth).Select(index => RbdDisk.WriteAsync(disk.Device, index * 4096L, Noise(index)))];
        cluster.Revive();

        Assert.All(await Task.WhenAll(writes).WaitAsync(s_limit), result => Assert.Equal(IoStatus.Good, result));
        byte[] content = cluster.Export(disk.Image);
        Assert.All(Enumerable.Range(0, Depth), index => Assert.True(Noise(index).AsSpan().SequenceEqual(content.AsSpan(index * 4096, 4096))));
    }

    [Fact]
    public async Task Without_a_monitor_an_open_disk_goes_on_and_a_new_one_is_refused()
    {
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, Size);
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(disk.Device, 0, Noise(1)));

        cluster.Kill("mon.a");
        IoStatus status = await RbdDisk.WriteAsync(disk.Device, 4096, Noise(2)).WaitAsync(s_limit);
        HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(() => RbdDisk.OpenAsync($"rbd/rbd/{disk.Image}{cluster.Options()}"));
        cluster.Revive();

        Assert.Equal(IoStatus.Good, status);
        Assert.Equal(HandlerErrorKind.TimedOut, refusal.Kind);
        Assert.Contains("monitors do not answer", refusal.Message, StringComparison.Ordinal);
        await using RbdDevice again = await RbdDisk.OpenAsync($"rbd/rbd/{disk.Image}{cluster.Options()}");
        Assert.Equal(Noise(2), await RbdDisk.ReadAsync(again, 4096, 4096));
    }

    [Fact]
    public async Task A_full_cluster_makes_writes_wait_until_there_is_room()
    {
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, Size, ";osd_op_timeout=100");
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(disk.Device, 0, Noise(1)));

        string[] ratios = ["set-nearfull-ratio", "set-backfillfull-ratio", "set-full-ratio"];
        Array.ForEach(ratios, ratio => cluster.Ceph("osd", ratio, "0.0001"));
        await EventuallyAsync(() => cluster.IsFull);
        Task<IoStatus> waiting = await WaitingWriteAsync(disk.Device, 4096, Noise(2));
        byte[] readable = await RbdDisk.ReadAsync(disk.Device, 0, 4096);
        Array.ForEach([.. ratios.Reverse()], ratio => cluster.Ceph("osd", ratio, "0.7"));

        Assert.Equal(IoStatus.Good, await waiting.WaitAsync(s_limit));
        Assert.Equal(Noise(1), readable);
        Assert.Equal(Noise(2), await RbdDisk.ReadAsync(disk.Device, 4096, 4096));
    }

    private static byte[] Noise(int seed)
    {
        byte[] noise = new byte[4096];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    // The monitor knows that the cluster is full before its OSDs and clients do: until then writes succeed.
    private static async Task<Task<IoStatus>> WaitingWriteAsync(RbdDevice device, long offset, byte[] data)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (true)
        {
            Task<IoStatus> write = RbdDisk.WriteAsync(device, offset, data);
            if (await Task.WhenAny(write, Task.Delay(TimeSpan.FromSeconds(3), limit.Token)) != write)
            {
                limit.Token.ThrowIfCancellationRequested();
                return write;
            }

            Assert.Equal(IoStatus.Good, await write);
        }
    }

    private static async Task EventuallyAsync(RbdDevice device, long offset, byte[] data)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (!(await RbdDisk.WriteAsync(device, offset, data)).IsGood)
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private static async Task EventuallyAsync(Func<bool> isTrue)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (!isTrue())
        {
            await Task.Delay(100, limit.Token);
        }
    }
}

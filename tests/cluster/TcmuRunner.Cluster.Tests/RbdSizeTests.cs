// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Cluster.Tests;

/// <summary>An image that gets another size from somebody else while it is served.</summary>
public sealed class RbdSizeTests(CephCluster cluster)
{
    private const string TestUnitReady = "00 00 00 00 00 00";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Rbd_resize_is_noticed_and_told_to_initiators()
    {
        RbdDisk disk = await RbdDisk.OpenAsync(cluster, 8 << 20);
        var sizes = new SizeRecorder();
        await using LogicalUnit unit = TestUnit.Open(disk.Device, TestUnit.Options with { SizeBytes = null }, sizes);
        unit.AddNexus(TestUnit.Nexus);

        cluster.Rbd("resize", "--no-progress", "-s", "16M", disk.Image);
        Assert.Equal((16 << 20) / 512, await sizes.NextAsync(s_limit));
        Assert.Equal(0x2A09, Attention(unit));
        Assert.Equal(ScsiStatus.Good, unit.Run($"28 00 {((16 << 20) / 512) - 1:X8} 00 0001 00", dataIn: 512).Status);

        // A snapshot changes the image's header too, and no size.
        cluster.Rbd("snap", "create", "--no-progress", $"{disk.Image}@s");
        cluster.Rbd("resize", "--no-progress", "--allow-shrink", "-s", "4M", disk.Image);
        Assert.Equal((4 << 20) / 512, await sizes.NextAsync(s_limit));
        Assert.Equal(0x2A09, Attention(unit));
        Assert.Equal(ScsiStatus.Good, unit.Run(TestUnitReady).Status);
    }

    [Fact]
    public async Task Its_own_resize_is_told_once()
    {
        RbdDisk disk = await RbdDisk.OpenAsync(cluster, 8 << 20);
        var sizes = new SizeRecorder();
        await using LogicalUnit unit = TestUnit.Open(disk.Device, TestUnit.Options with { SizeBytes = null }, sizes);

        await unit.ResizeAsync(16 << 20, CancellationToken.None);
        cluster.Rbd("resize", "--no-progress", "-s", "24M", disk.Image);

        Assert.Equal((16 << 20) / 512, await sizes.NextAsync(s_limit));
        Assert.Equal((24 << 20) / 512, await sizes.NextAsync(s_limit));
    }

    private static int Attention(LogicalUnit unit)
    {
        TestTask task = unit.Run(TestUnitReady);
        Assert.Equal(ScsiStatus.CheckCondition, task.Status);
        return (task.Sense[12] << 8) | task.Sense[13];
    }
}

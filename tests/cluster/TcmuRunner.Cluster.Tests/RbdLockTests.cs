// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Rbd;

namespace TcmuRunner.Cluster.Tests;

/// <summary>Several gateways and one image.</summary>
public sealed class RbdLockTests(CephCluster cluster)
{
    private const int Size = 8 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);
    private static readonly byte[] s_first = [.. Enumerable.Repeat((byte)1, 4096)];
    private static readonly byte[] s_second = [.. Enumerable.Repeat((byte)2, 4096)];

    [Fact]
    public async Task Two_gateways_pass_the_lock_on()
    {
        string configuration = $"rbd/rbd/{cluster.CreateImage(Size)}{cluster.Options()}";
        await using RbdDevice one = await RbdDisk.OpenAsync(configuration);
        await using RbdDevice other = await RbdDisk.OpenAsync(configuration);

        for (int turn = 0; turn < 3; turn++)
        {
            Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(one, 0, s_first));
            Assert.Equal(s_first, await RbdDisk.ReadAsync(other, 0, 4096));
            Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(other, 0, s_second));
            Assert.Equal(s_second, await RbdDisk.ReadAsync(one, 0, 4096));
        }
    }

    [Fact]
    public async Task A_lock_that_is_kept_keeps_others_from_writing()
    {
        string configuration = $"rbd/rbd/{cluster.CreateImage(Size)}{cluster.Options()}";
        await using RbdDevice keeper = await RbdDisk.OpenAsync(configuration + ";lock");
        await using RbdDevice other = await RbdDisk.OpenAsync(configuration);

        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(keeper, 0, s_first));
        Assert.Equal(IoOutcome.Fenced, (await RbdDisk.WriteAsync(other, 0, s_second)).Outcome);
        Assert.Equal(s_first, await RbdDisk.ReadAsync(keeper, 0, 4096));
    }

    [Fact]
    public async Task The_last_gateway_that_opens_has_the_image_and_the_one_before_is_fenced_until_it_lets_go()
    {
        string configuration = $"rbd/rbd/{cluster.CreateImage(Size)}{cluster.Options("admin")};lock";
        await using RbdDevice before = await RbdDisk.OpenAsync(configuration);
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(before, 0, s_first));
        string[] addresses = before.Addresses;

        await using (RbdDevice now = await RbdDisk.OpenAsync(configuration))
        {
            Assert.Contains(addresses[0], cluster.Ceph("osd", "blocklist", "ls"), StringComparison.Ordinal);
            Assert.Equal(IoOutcome.Fenced, (await RbdDisk.WriteAsync(before, 0, s_second)).Outcome);
            Assert.Equal(IoOutcome.Fenced, (await RbdDisk.WriteAsync(before, 4096, s_second)).Outcome);
            Assert.Equal(s_first, await RbdDisk.ReadAsync(now, 0, 4096));
            Assert.Equal(new byte[4096], await RbdDisk.ReadAsync(now, 4096, 4096));
            Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(now, 0, s_second));
        }

        await EventuallyWrittenAsync(before);
        Assert.Equal(s_second, await RbdDisk.ReadAsync(before, 0, 4096));
        Assert.Equal(1, before.ReadStatus().LockLost);
        Assert.True(before.ReadStatus().IsLockOwner);
        Assert.NotEqual(addresses, before.Addresses);
        await EventuallyAsync(() => !cluster.Ceph("osd", "blocklist", "ls").Contains(addresses[0], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gateway_that_was_shut_out_opens_its_image_again_by_itself()
    {
        await using RbdDisk disk = await RbdDisk.OpenAsync(cluster, Size);
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(disk.Device, 0, s_first));
        cluster.Ceph("osd", "blocklist", "add", disk.Device.Addresses[0]);

        Assert.Equal(IoOutcome.Fenced, await UntilAsync(disk.Device, outcome => outcome != IoOutcome.Good));
        await EventuallyWrittenAsync(disk.Device);
        Assert.Equal(s_first, await RbdDisk.ReadAsync(disk.Device, 0, 4096));
    }

    [Fact]
    public async Task A_disk_that_was_shut_out_can_be_removed_at_once()
    {
        RbdDisk disk = await RbdDisk.OpenAsync(cluster, Size);
        cluster.Ceph("osd", "blocklist", "add", disk.Device.Addresses[0]);
        Assert.Equal(IoOutcome.Fenced, await UntilAsync(disk.Device, outcome => outcome != IoOutcome.Good));

        await disk.DisposeAsync().AsTask().WaitAsync(s_limit);
    }

    [Fact]
    public async Task A_lock_needs_an_image_that_has_one()
    {
        string image = cluster.CreateImage(Size, "--image-feature", "layering");

        HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(() => RbdDisk.OpenAsync($"rbd/rbd/{image}{cluster.Options()};lock"));

        Assert.Contains("no exclusive lock", refusal.Message, StringComparison.Ordinal);
    }

    // Behind the first block, which the tests compare.
    private static Task<IoOutcome> EventuallyWrittenAsync(RbdDevice device) => UntilAsync(device, outcome => outcome == IoOutcome.Good);

    private static async Task<IoOutcome> UntilAsync(RbdDevice device, Func<IoOutcome, bool> isReached)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (true)
        {
            IoOutcome outcome = (await RbdDisk.WriteAsync(device, 8192, s_second)).Outcome;
            if (isReached(outcome))
            {
                return outcome;
            }

            await Task.Delay(20, limit.Token);
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

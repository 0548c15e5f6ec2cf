// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Rbd;
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Cluster.Tests;

/// <summary>The exclusive lock as the engine uses it for failover: taken, lost, given back.</summary>
public sealed class RbdFailoverTests(CephCluster cluster)
{
    private const int Size = 8 << 20;
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);
    private static readonly byte[] s_first = [.. Enumerable.Repeat((byte)1, 4096)];
    private static readonly byte[] s_second = [.. Enumerable.Repeat((byte)2, 4096)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_takes_the_lock_shuts_the_other_gateway_out_and_every_gateway_reads_the_tag()
    {
        string configuration = $"rbd/rbd/{cluster.CreateImage(Size)}{cluster.Options("admin")}";
        await using RbdDevice one = await RbdDisk.OpenAsync(configuration);
        await using RbdDevice other = await RbdDisk.OpenAsync(configuration);
        Assert.True(one.Characteristics.Capabilities.HasFlag(DeviceCapabilities.Lock));
        Assert.Null(await one.ReadLockTagAsync(Cancellation));

        Assert.Equal(IoStatus.Good, await one.AcquireLockAsync(1, Cancellation));
        Assert.Equal(IoStatus.Good, await one.AcquireLockAsync(1, Cancellation));
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(one, 0, s_first));
        Assert.Equal((ushort)1, await other.ReadLockTagAsync(Cancellation));
        Assert.Equal(IoOutcome.Fenced, (await RbdDisk.WriteAsync(other, 0, s_second)).Outcome);

        Assert.Equal(IoStatus.Good, await other.AcquireLockAsync(2, Cancellation));
        Assert.Equal(IoOutcome.Fenced, (await RbdDisk.WriteAsync(one, 0, s_second)).Outcome);
        Assert.Equal(s_first, await RbdDisk.ReadAsync(other, 0, 4096));
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(other, 0, s_second));

        Assert.Equal(IoStatus.Good, await other.ReleaseLockAsync(Cancellation));
        Assert.Null(await other.ReadLockTagAsync(Cancellation));
        Assert.Equal(IoStatus.Good, await one.AcquireLockAsync(1, Cancellation));
        Assert.Equal((ushort)1, await other.ReadLockTagAsync(Cancellation));
        Assert.Equal(s_second, await RbdDisk.ReadAsync(one, 0, 4096));
        Assert.Equal(IoStatus.Good, await RbdDisk.WriteAsync(one, 0, s_first));
    }

    [Fact]
    public async Task A_shared_connection_and_a_read_only_disk_offer_no_lock()
    {
        string image = $"rbd/rbd/{cluster.CreateImage(Size)}{cluster.Options()}";
        await using RbdDevice shared = await RbdDisk.OpenAsync(image + ";share");
        await using RbdDevice readOnly = await RbdDisk.OpenAsync(image + ";ro");

        Assert.False(shared.Characteristics.Capabilities.HasFlag(DeviceCapabilities.Lock));
        Assert.False(readOnly.Characteristics.Capabilities.HasFlag(DeviceCapabilities.Lock));
    }

    [Fact]
    public async Task The_engine_passes_the_lock_on_between_gateways_and_loses_no_write()
    {
        const string firstBlocks = "2A 00 00000000 00 0008 00", nextBlocks = "2A 00 00000008 00 0008 00", readAll = "28 00 00000000 00 0010 00";
        string configuration = $"rbd/rbd/{cluster.CreateImage(Size)}{cluster.Options("admin")}";
        await using LogicalUnit one = Open(await RbdDisk.OpenAsync(configuration), 1);
        await using LogicalUnit other = Open(await RbdDisk.OpenAsync(configuration), 2);
        Assert.Equal(ScsiStatus.Good, one.Run(readAll, dataIn: 8192).Status);
        Assert.Equal(ScsiStatus.Good, one.Run(firstBlocks, s_first).Status);

        // The other gateway takes the lock with its first write, and shuts this one out before.
        await UntilGoodAsync(other, nextBlocks, s_second);
        Assert.Equal(ScsiStatus.CheckCondition, one.Run(firstBlocks, s_second).Status);
        byte[] seen = await ReadAsync(other, readAll);
        Assert.Equal((byte[])[.. s_first, .. s_second], seen);

        // After its pause this one may have it again, with its image opened anew.
        await UntilGoodAsync(one, firstBlocks, s_second);
        seen = await ReadAsync(one, readAll);
        Assert.Equal((byte[])[.. s_second, .. s_second], seen);
    }

    private static LogicalUnit Open(RbdDevice device, int own) => TestUnit.Open(device, TestUnit.Options with
    {
        Name = $"gateway{own}",
        SizeBytes = null,
        Environment = new TestEnvironment { TargetPortGroups = new TestTargetPortGroups(Group(1, own), Group(2, own)) },
    });

    private static TargetPortGroup Group(ushort id, int own) => new()
    {
        Id = id,
        State = id == 1 ? AsymmetricAccessState.ActiveOptimized : AsymmetricAccessState.ActiveNonOptimized,
        SupportedStates = 0x03,
        IsImplicit = true,
        Ports = [new TargetPort(id, 5, "iqn.2003-01.x:t", id, id == own)],
    };

    // As an initiator does: BUSY, NOT READY and unit attentions are reasons to send the command again.
    private static async Task UntilGoodAsync(LogicalUnit unit, string cdb, byte[] data)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (unit.Run(cdb, data).Status != ScsiStatus.Good)
        {
            await Task.Delay(100, limit.Token);
        }
    }

    private static async Task<byte[]> ReadAsync(LogicalUnit unit, string cdb)
    {
        using var limit = new CancellationTokenSource(s_limit);
        while (true)
        {
            TestTask task = unit.Run(cdb, dataIn: 8192);
            if (task.Status == ScsiStatus.Good)
            {
                return task.Returned.ToArray();
            }

            await Task.Delay(100, limit.Token);
        }
    }
}

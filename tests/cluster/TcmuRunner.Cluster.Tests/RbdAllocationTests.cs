// SPDX-License-Identifier: Apache-2.0

namespace TcmuRunner.Cluster.Tests;

/// <summary>Commands of a disk in a steady state allocate nothing, on whatever thread they complete.</summary>
public sealed class RbdAllocationTests(CephCluster cluster)
{
    private const int Operations = 4000;
    private const int Depth = 32;

    // What the runtime and the test itself may take meanwhile: some bytes per operation would be far more.
    private const long Tolerance = 8 * 1024;

    [Fact]
    public async Task Reads_and_writes_allocate_nothing()
    {
        await using var disk = await RbdDisk.OpenAsync(cluster, 64 << 20);
        long least = long.MaxValue;

        // The runtime compiles and the pools grow at first; what allocates per operation never stops.
        for (int round = 0; round < 5 && least > Tolerance; round++)
        {
            using var load = new OperationLoad(disk.Device, Depth, Operations);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Assert.True(await load.RunAsync().WaitAsync(TimeSpan.FromMinutes(2)));
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.True(least <= Tolerance, $"{Operations} operations allocated {least} bytes.");
    }
}

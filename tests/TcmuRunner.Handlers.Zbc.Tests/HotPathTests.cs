// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>What happens for every command: nothing is allocated, and zones neither wait for each other nor get out of order.</summary>
public sealed class HotPathTests
{
    private const int Commands = 10_000;
    private const int Rounds = 6;

    [Theory]
    [InlineData("model-HM")]
    [InlineData("model-HA")]
    public void Reads_and_writes_of_sequential_zones_allocate_nothing(string options)
    {
        using ZonedDisk disk = ZonedDisk.Create(options + "/zsize-64/conv-1", 256);
        using TestTask write = TestUnit.Prepare("8A00 0000000000020000 00000001 0000", new byte[512]);
        using TestTask read = TestUnit.Prepare("8800 0000000000020000 00000001 0000", dataIn: 512);
        byte[] cdb = new byte[16];
        long? allocated = null;
        for (int round = 0; round < Rounds; round++)
        {
            bool isInline = true;
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int command = 0; command < Commands; command++)
            {
                long block = 131072 + (round * Commands) + command;
                isInline &= Issue(disk, write, cdb, 0x8A, block);
                isInline &= Issue(disk, read, cdb, 0x88, block);
            }

            // What a worker thread completes is the file's business, and counted by the tests of files.
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            allocated = isInline ? Math.Min(allocated ?? long.MaxValue, taken) : allocated;
        }

        Assert.Equal(131072 + (Rounds * Commands), disk.At(131072).WritePointer);
        Assert.SkipWhen(allocated is null, "The machine is so busy that no round of writes ended in the page cache at once.");
        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Writes_to_one_zone_that_are_in_flight_together_arrive_in_their_order()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM", 32);
        const int depth = 32;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(zone => Task.Run(() =>
        {
            var tasks = new List<TestTask>();
            for (int index = 0; index < depth; index++)
            {
                byte[] data = new byte[8 * disk.BlockSize];
                Array.Fill(data, (byte)(zone + index));
                TestTask task = TestUnit.Prepare($"8A00{(zone * disk.Zone) + (index * 8):X16}000000080000", data);
                tasks.Add(task);
                disk.Unit.Execute(task);
            }

            tasks.ForEach(task => Assert.Equal(ScsiStatus.Good, task.Completed().Status));
            tasks.ForEach(task => task.Dispose());
        })));

        for (int zone = 1; zone <= 8; zone++)
        {
            Assert.Equal((zone * disk.Zone) + (depth * 8), disk.At(zone * disk.Zone).WritePointer);
            Assert.All(Enumerable.Range(0, depth), index => Assert.Equal((byte)(zone + index), disk.Data((zone * disk.Zone) + (index * 8), 1)[0]));
        }
    }

    [Fact]
    public async Task Flushes_resets_and_writes_side_by_side_leave_a_sound_disk()
    {
        using var directory = new TemporaryDirectory();
        string configuration = $"zbc/zsize-1/open-8@{directory.PathOf("a.img")}";
        using (ZonedDisk disk = ZonedDisk.Open(configuration, 32 << 20))
        {
            await Task.WhenAll(Enumerable.Range(1, 6).Select(zone => Task.Run(() =>
            {
                for (int round = 0; round < 30; round++)
                {
                    Assert.Equal("good", disk.Write(zone * disk.Zone, 64, (byte)zone));
                    Assert.Equal("good", disk.Do("35 00 00000000 00 0000 00"));
                    Assert.Equal("good", disk.Reset(zone * disk.Zone));
                }

                Assert.Equal("good", disk.Write(zone * disk.Zone, 64, (byte)zone));
            })));
        }

        using ZonedDisk again = ZonedDisk.Open(configuration, 32 << 20);
        Assert.All(Enumerable.Range(1, 6), zone => Assert.True(again.Data(zone * again.Zone, 64).All(value => value == zone)));
    }

    private static bool Issue(ZonedDisk disk, TestTask task, byte[] cdb, byte operation, long block)
    {
        cdb[0] = operation;
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(cdb.AsSpan(2), block);
        cdb[13] = 1;
        task.Rearm(TestUnit.Nexus, cdb);
        disk.Unit.Execute(task);
        bool isInline = task.IsCompleted;
        task.Completed();
        if (task.Status != ScsiStatus.Good)
        {
            Assert.Fail($"Block {block}: {ZonedDisk.Result(task)}");
        }

        return isInline;
    }
}

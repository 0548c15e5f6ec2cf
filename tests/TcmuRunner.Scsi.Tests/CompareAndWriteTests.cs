// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class CompareAndWriteTests
{
    private const string Command = "89 00 0000000000000008 000000 02 00 00";
    private static readonly byte[] s_old = Expect.Random(1024);
    private static readonly byte[] s_new = Expect.Random(1024, 2);

    /// <summary>SBC-4 COMPARE AND WRITE, by the engine and by a device that can.</summary>
    [Theory]
    [InlineData(false, "read,write")]
    [InlineData(true, "compare-and-write")]
    public async Task Equal_blocks_are_replaced(bool deviceCan, string calls)
    {
        (LogicalUnit unit, TestDevice device) = Open(deviceCan);
        await using LogicalUnit opened = unit;

        Expect.Good(unit.Run(Command, [.. s_old, .. s_new]));

        Assert.Equal(s_new, device.Bytes.Slice(8 * 512, 1024).ToArray());
        Assert.Equal(calls, string.Join(',', device.Calls));
    }

    /// <summary>SBC-4 COMPARE AND WRITE: MISCOMPARE with the offset of the first difference, nothing written.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Different_blocks_are_left_alone(bool deviceCan)
    {
        (LogicalUnit unit, TestDevice device) = Open(deviceCan);
        await using LogicalUnit opened = unit;
        byte[] expected = [.. s_old];
        expected[777] ^= 0x10;

        TestTask task = unit.Run(Command, [.. expected, .. s_new]);

        Expect.Sense("E 1D/00", task);
        Assert.Equal(777u, Expect.Information(task));
        Assert.Equal(s_old, device.Bytes.Slice(8 * 512, 1024).ToArray());
    }

    [Theory]
    [InlineData("89 00 0000000000000008 000000 00 00 00", 0, null)]
    [InlineData("89 00 0000000000000800 000000 00 00 00", 0, null)]
    [InlineData("89 00 0000000000000008 000000 00 00 00", 512, "5 24/00")]
    [InlineData("89 00 00000000000007FF 000000 02 00 00", 2048, "5 21/00")]
    [InlineData("89 00 0000000000000008 000000 02 00 00", 1024, "5 0E/03")]
    [InlineData("89 00 0000000000000008 000000 02 00 00", 3072, "5 0E/03")]
    public async Task The_cdb_and_the_data_are_checked(string cdb, int length, string? sense)
    {
        (LogicalUnit unit, _) = Open(false);
        await using LogicalUnit opened = unit;

        TestTask task = unit.Run(cdb, new byte[length]);

        if (sense is null)
        {
            Expect.Good(task);
        }
        else
        {
            Expect.Sense(sense, task);
        }
    }

    /// <summary>libiscsi CompareAndWrite.InvalidDataOutSize and VPD page B0h: the maximum works, one more does not.</summary>
    [Fact]
    public async Task The_advertised_maximum_is_what_works()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory(TestUnit.Options with { MaximumTransferBlocks = 16 });
        int maximum = unit.Run("12 01 B0 00 FF 00", dataIn: 255).Returned[5];

        Assert.Equal(8, maximum);
        Expect.Good(unit.Run($"89 00 0000000000000000 000000 {maximum:X2} 00 00", new byte[maximum * 1024]));
        Expect.Sense("5 24/00", unit.Run($"89 00 0000000000000000 000000 {maximum + 1:X2} 00 00", new byte[(maximum + 1) * 1024]));
    }

    [Theory]
    [InlineData(false, true, "read,write,flush")]
    [InlineData(false, false, "read,write,flush")]
    [InlineData(true, false, "compare-and-write,flush")]
    public async Task It_is_durable_when_it_must_be(bool deviceCan, bool isForced, string calls)
    {
        (LogicalUnit unit, TestDevice device) = Open(deviceCan, writeCache: isForced);
        await using LogicalUnit opened = unit;

        Expect.Good(unit.Run(isForced ? Command.Replace("89 00", "89 08", StringComparison.Ordinal) : Command, [.. s_old, .. s_new]));

        Assert.Equal(calls, string.Join(',', device.Calls));
        Assert.Equal(s_new, device.Durable.Slice(8 * 512, 1024).ToArray());
    }

    /// <summary>Sheet trap 13: an ordinary write of another nexus does not come between the read and the write; others go on.</summary>
    [Fact]
    public async Task No_write_comes_between_compare_and_write()
    {
        (LogicalUnit unit, TestDevice device) = Open(false);
        await using LogicalUnit opened = unit;
        var release = new TaskCompletionSource();
        device.Delay = (operation, _) => operation == "read" ? release.Task : Task.CompletedTask;
        using TestTask compare = TestUnit.Prepare(Command, [.. s_old, .. s_new]);
        using TestTask overlapping = TestUnit.Prepare("2A 00 00000009 00 0001 00", Expect.Random(512, 3), nexus: new ItNexus("other"));
        using TestTask unmap = TestUnit.Prepare("42 00 00 00 00 00 00 00 18 00", Expect.Hex("0016 0010 00000000 0000000000000007 00000002 00000000"));

        unit.Execute(compare);
        unit.Execute(overlapping);
        unit.Execute(unmap);
        Expect.Good(unit.Run("2A 00 0000000A 00 0001 00", new byte[512]));

        Assert.False(overlapping.IsCompleted);
        Assert.False(unmap.IsCompleted);
        release.SetResult();
        Expect.Good(compare.Completed());
        Expect.Good(overlapping.Completed());
        Expect.Good(unmap.Completed());
        Assert.Equal(Expect.Random(512, 3), device.Bytes.Slice(9 * 512, 512).ToArray());
    }

    /// <summary>A counter that only COMPARE AND WRITE changes loses no step, from many threads, while writes pass beside it.</summary>
    [Fact]
    public async Task Concurrent_steps_of_a_counter_are_not_lost()
    {
        const int workers = 8;
        const int steps = 200;
        (LogicalUnit unit, TestDevice device) = Open(false);
        await using LogicalUnit opened = unit;
        device.Bytes.Clear();
        device.Delay = static async (_, _) => await Task.Yield();

        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(() => Count(unit, worker, steps))));

        Assert.Equal(workers * steps, BitConverter.ToInt32(device.Bytes.Slice(8 * 512, 4)));
        Assert.Equal(0, unit.CommandsInFlight);
    }

    private static void Count(LogicalUnit unit, int worker, int steps)
    {
        var nexus = new ItNexus($"worker {worker}");
        for (int step = 0; step < steps;)
        {
            using TestTask read = unit.Run("28 00 00000008 00 0001 00", dataIn: 512, nexus: nexus);
            byte[] before = read.Returned.ToArray();
            byte[] after = [.. before];
            BitConverter.TryWriteBytes(after, BitConverter.ToInt32(before) + 1);
            using TestTask swap = unit.Run("89 00 0000000000000008 000000 01 00 00", [.. before, .. after], nexus: nexus);
            step += swap.Status == ScsiStatus.Good ? 1 : 0;
            using TestTask beside = unit.Run("2A 00 00000009 00 0001 00", before, nexus: nexus);
        }
    }

    private static (LogicalUnit Unit, TestDevice Device) Open(bool deviceCan, bool writeCache = true)
    {
        DeviceCapabilities capabilities = DeviceCapabilities.Flush | DeviceCapabilities.Unmap
            | (deviceCan ? DeviceCapabilities.CompareAndWrite : DeviceCapabilities.None);
        var device = new TestDevice(Expect.Cached with { Capabilities = capabilities });
        s_old.CopyTo(device.Bytes[(8 * 512)..]);
        return (TestUnit.Open(device, TestUnit.Options with { WriteCache = writeCache }), device);
    }
}

// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Tcmu.Tests.Ring;

/// <summary>The end of the ring, and too much for it.</summary>
public sealed class RingSpaceTests
{
    /// <summary>Ring lengths with every residue that entries of 120, 128 and 136 bytes can leave, pads of 8 bytes among them.</summary>
    public static TheoryData<uint> RingSizes => [.. Enumerable.Range(0, 18).Select(step => (uint)(1024 + (8 * step)))];

    [Theory]
    [MemberData(nameof(RingSizes))]
    public async Task The_ring_goes_round_at_every_residue(uint size)
    {
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { RingSizeBytes = size });
        harness.Handler.Respond = _ => default;
        byte[][] cdbs = [Cdbs.TestUnitReady, Cdbs.Read, [0x88, .. new byte[15]], [0x7F, 0, 0, 0, 0, 0, 0, 16, .. new byte[16]]];

        for (int index = 0; index < 200; index++)
        {
            FakeCommand command = harness.Kernel.Submit(cdbs[index * 7 % cdbs.Length], DataDirection.None, 0);
            harness.Loop.Turn();
            Assert.Equal(ScsiStatus.Good, command.Status);
        }

        Assert.Equal(harness.Kernel.Head, harness.Kernel.Tail);
    }

    [Fact]
    public async Task A_pad_may_be_visible_before_the_command_behind_it()
    {
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { RingSizeBytes = 1000 });
        harness.Handler.Respond = _ => default;
        harness.Kernel.PublishRaw(Pad(496));
        harness.Loop.Turn();
        Assert.Equal(harness.Kernel.Head, harness.Kernel.Tail);
        harness.Kernel.RaiseEvent();
        Assert.True(harness.Kernel.ProcessCompletions());
        harness.Kernel.PublishRaw(Pad(504));
        harness.Loop.Turn();
        Assert.Equal(0u, harness.Kernel.Head);

        FakeCommand command = harness.Kernel.Submit(Cdbs.TestUnitReady, DataDirection.None, 0);
        harness.Settle();

        Assert.Equal(ScsiStatus.Good, command.Status);
    }

    [Fact]
    public async Task What_does_not_fit_waits_in_the_kernel_and_follows_when_there_is_room()
    {
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { DataBlocks = 64 });
        FakeCommand[] commands = [.. Enumerable.Range(0, 500).Select(index => harness.Read(4096 * (1 + (index % 8)), index))];
        Assert.True(harness.Kernel.Waiting > 400);
        harness.Handler.Respond = command =>
        {
            command.DataInLength = command.DataIn.Length;
            return default;
        };

        harness.Settle();

        Assert.All(commands, command => Assert.Equal(ScsiStatus.Good, command.Status));
        Assert.True(harness.Device.Counters.RingHighWaterBytes > harness.Device.Counters.RingSizeBytes / 4);
    }

    [Fact]
    public async Task Every_command_id_there_is_can_be_in_flight()
    {
        await using RingHarness harness = await RingHarness.StartAsync(
            new FakeKernelOptions { RingSizeBytes = 8388480, ChecksRing = false });
        FakeCommand[] commands =
            [.. Enumerable.Range(0, ushort.MaxValue + 10).Select(_ => harness.Kernel.Submit(Cdbs.TestUnitReady, DataDirection.None, 0))];

        harness.Settle();
        Assert.Equal(ushort.MaxValue, harness.Handler.Pending.Count);
        harness.Handler.Respond = _ => default;
        for (int index = harness.Handler.Pending.Count - 1; index >= 0; index--)
        {
            harness.Handler.End(index);
        }

        harness.Settle();
        Assert.All(commands, command => Assert.Equal(ScsiStatus.Good, command.Status));
    }

    [Fact]
    public async Task A_command_that_could_never_fit_does_not_reach_the_ring()
    {
        await using RingHarness harness = await RingHarness.StartAsync(new FakeKernelOptions { DataBlocks = 16 });

        FakeCommand command = harness.Read(17 * 4096);

        Assert.Equal(AdditionalSenseCode.InvalidFieldInCdb, command.AdditionalSenseCode);
        Assert.Equal(0u, harness.Kernel.Head);
    }

    private static byte[] Pad(int length)
    {
        var entry = new byte[length];
        BitConverter.TryWriteBytes(entry, length);
        return entry;
    }
}

// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.Uio;
using TcmuRunner.TestKit.Tcmu;

namespace TcmuRunner.Tcmu.Tests.Ring;

/// <summary>What stands in the ring is not believed: a command is refused, a ring that makes no sense costs its device.</summary>
public sealed class InvalidEntryTests
{
    private const int VectorCount = 8;
    private const int BidirectionalCount = 12;
    private const int ProtectionCount = 16;
    private const int CdbOffset = 24;
    private const int VectorBase = 48;
    private const int VectorLength = 56;

    /// <summary>Field, its width, the value to put there.</summary>
    public static TheoryData<int, int, ulong> SpoiltFields => new()
    {
        { VectorCount, 4, 6 },
        { VectorCount, 4, uint.MaxValue },
        { BidirectionalCount, 4, uint.MaxValue },
        { ProtectionCount, 4, uint.MaxValue },
        { CdbOffset, 8, 0 },
        { CdbOffset, 8, 127 },
        { CdbOffset, 8, ulong.MaxValue },
        { CdbOffset, 8, 1 << 20 },
        { VectorBase, 8, 0 },
        { VectorBase, 8, 128 },
        { VectorBase, 8, ulong.MaxValue },
        { VectorBase, 8, 1UL << 40 },
        { VectorLength, 8, ulong.MaxValue },
        { VectorLength, 8, 1 << 30 },
    };

    [Theory]
    [MemberData(nameof(SpoiltFields))]
    public async Task A_command_with_a_field_that_cannot_be_is_refused_and_the_next_one_served(int offset, int width, ulong value)
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        harness.Handler.Respond = command =>
        {
            command.DataInLength = command.DataIn.Length;
            return default;
        };

        FakeCommand spoilt = harness.Kernel.SubmitSpoilt(Cdbs.Read, 4096, entry => Write(entry + offset, width, value));
        FakeCommand next = harness.Read(4096);
        harness.Settle();

        Assert.Equal(ScsiStatus.CheckCondition, spoilt.Status);
        Assert.Equal(SenseKey.HardwareError, spoilt.SenseKey);
        Assert.Equal(AdditionalSenseCode.InternalTargetFailure, spoilt.AdditionalSenseCode);
        Assert.Equal(ScsiStatus.Good, next.Status);
        Assert.Equal(1, harness.Device.Counters.InvalidEntries);
    }

    [Theory]
    [InlineData(0x88)]
    [InlineData(0x7F)]
    public async Task A_cdb_that_is_longer_than_its_entry_is_refused_as_invalid(byte operationCode)
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        byte[] cdb = [operationCode, 0, 0, 0, 0, 0, 0, 0xFF];

        FakeCommand command = harness.Kernel.Submit(cdb, DataDirection.None, 0);
        harness.Settle();

        Assert.Equal(SenseKey.IllegalRequest, command.SenseKey);
        Assert.Equal(AdditionalSenseCode.InvalidFieldInCdb, command.AdditionalSenseCode);
    }

    [Fact]
    public async Task A_cdb_longer_than_any_is_refused_as_invalid()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        byte[] cdb = [0x7F, 0, 0, 0, 0, 0, 0, 0xFF, .. new byte[255]];

        FakeCommand command = harness.Kernel.Submit(cdb, DataDirection.None, 0);
        harness.Settle();

        Assert.Equal(AdditionalSenseCode.InvalidFieldInCdb, command.AdditionalSenseCode);
    }

    [Fact]
    public async Task Vectors_of_length_zero_are_tolerated_wherever_in_the_area_they_point()
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        FakeCommand read = harness.Kernel.SubmitSpoilt(Cdbs.Read, 4096, entry => Write(entry + VectorLength, 8, 0));

        harness.Loop.Turn();

        Assert.True(harness.Handler.Pending[0].Command.DataIn.IsEmpty);
        harness.Handler.End();
        harness.Settle();
        Assert.Equal(ScsiStatus.Good, read.Status);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    public async Task An_entry_with_an_unknown_opcode_is_flagged_and_skipped(uint opcode)
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        harness.Handler.Respond = _ => default;
        var entry = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)entry.Length | opcode);

        harness.Kernel.PublishRaw(entry);
        FakeCommand next = harness.Kernel.Submit(Cdbs.TestUnitReady, DataDirection.None, 0);
        harness.Settle();

        Assert.Equal(1, harness.Kernel.FlaggedUnknownEntries);
        Assert.Equal(ScsiStatus.Good, next.Status);
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(104u | 1u)]
    [InlineData(1u << 20 | 1u)]
    [InlineData(512u | 1u)]
    [InlineData(0u)]
    [InlineData(4096u)]
    public async Task An_entry_length_that_cannot_be_ends_the_device_with_a_clear_error_and_nothing_else(uint lengthAndOpcode)
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        var entry = new byte[128];
        BinaryPrimitives.WriteUInt32LittleEndian(entry, lengthAndOpcode);

        harness.Kernel.PublishRaw(entry);
        harness.Loop.Turn();

        TcmuDeviceEnd end = await harness.Device.Ended.WaitAsync(RingHarness.Limit);
        Assert.Equal(TcmuDeviceEndReason.Failed, end.Reason);
        var exception = Assert.IsType<UioException>(end.Exception);
        Assert.Equal(UioErrorKind.CorruptRing, exception.Kind);
        Assert.Contains("user_0/disk", exception.Message, StringComparison.Ordinal);
        Assert.False(harness.Loop.HasSource);
    }

    [Theory]
    [InlineData(3968u)]
    [InlineData(uint.MaxValue)]
    [InlineData(4u)]
    public async Task A_head_that_cannot_be_ends_the_device_and_commands_in_flight_end_without_an_answer(uint head)
    {
        await using RingHarness harness = await RingHarness.StartAsync();
        harness.Read(4096);
        harness.Loop.Turn();

        harness.Kernel.CorruptHead(head);
        harness.Loop.Turn();
        harness.Handler.End();
        harness.Loop.Turn();

        Assert.Equal(TcmuDeviceEndReason.Failed, (await harness.Device.Ended.WaitAsync(RingHarness.Limit)).Reason);
        Assert.Equal(0u, harness.Kernel.Tail);
        Assert.Equal(0, harness.Device.Counters.InFlight);
    }

    private static unsafe void Write(nint place, int width, ulong value)
    {
        if (width == sizeof(uint))
        {
            *(uint*)place = (uint)value;
        }
        else
        {
            *(ulong*)place = value;
        }
    }
}

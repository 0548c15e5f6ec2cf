// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>
/// Commands for which the initiator expects to transfer another amount than the CDB says (RFC 7143 11.4.5): a front that reports residuals gets
/// as much done as there is room or data for, any other front a refusal. libiscsi Residuals.
/// </summary>
public sealed class ResidualTests
{
    [Theory]
    [InlineData("28 00 00000001 00 0002 00", 1024, 2000, 1024)]
    [InlineData("28 00 00000001 00 0002 00", 1024, 512, 512)]
    [InlineData("28 00 00000001 00 0002 00", 1024, 712, 712)]
    [InlineData("28 00 00000001 00 0001 00", 512, 200, 200)]
    [InlineData("28 08 00000001 00 0001 00", 512, 0, 0)]
    public async Task A_read_returns_what_there_is_room_for(string cdb, long transferLength, int room, int returned)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;

        TestTask task = Run(unit, cdb, [], room);

        Expect.Good(task);
        Assert.Equal(transferLength, task.TransferLength);
        Assert.Equal(device.Bytes.Slice(512, returned).ToArray(), task.Returned.ToArray());
    }

    [Theory]
    [InlineData("2A 00 00000001 00 0001 00", 512, 10000, 512)]
    [InlineData("2A 00 00000001 00 0002 00", 1024, 512, 512)]
    [InlineData("2A 00 00000001 00 0002 00", 1024, 712, 712)]
    [InlineData("2A 08 00000001 00 0001 00", 512, 200, 200)]
    [InlineData("2A 00 00000001 00 0001 00", 512, 0, 0)]
    [InlineData("2E 02 00000001 00 0002 00", 1024, 512, 512)]
    public async Task A_write_writes_what_came(string cdb, long transferLength, int length, int written)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;
        byte[] data = Expect.Random(length, 2);
        byte[] expected = device.Bytes.ToArray();
        data.AsSpan(0, written).CopyTo(expected.AsSpan(512));

        TestTask task = Run(unit, cdb, data, 0);

        Expect.Good(task);
        Assert.Equal(transferLength, task.TransferLength);
        Assert.True(device.Bytes.SequenceEqual(expected));
    }

    /// <summary>TCMU has no residual to tell of: what would go unnoticed is refused.</summary>
    [Theory]
    [InlineData("28 00 00000001 00 0002 00", 0, 512)]
    [InlineData("2A 00 00000001 00 0002 00", 512, 0)]
    [InlineData("2E 00 00000001 00 0002 00", 512, 0)]
    public async Task Without_residuals_less_is_refused(string cdb, int dataOut, int dataIn)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;

        Expect.Sense("5 0E/03", unit.Run(cdb, new byte[dataOut], dataIn));

        Assert.Empty(device.Calls);
    }

    [Theory]
    [InlineData("2E 00 00000001 00 0001 00", 200, "5 0E/03")]
    [InlineData("89 00 0000000000000000 000000 00 00 00", 1024, "5 24/00")]
    [InlineData("89 00 0000000000000000 000000 02 00 00", 1024, "5 0E/03")]
    public async Task What_makes_no_sense_in_part_is_refused(string cdb, int length, string sense)
    {
        (LogicalUnit unit, TestDevice device) = Open();
        await using LogicalUnit opened = unit;

        Expect.Sense(sense, Run(unit, cdb, new byte[length], 0));

        Assert.Empty(device.Calls);
    }

    [Theory]
    [InlineData("12 00 00 00 60 00", 96, 16)]
    [InlineData("12 00 00 00 10 00", 16, 96)]
    [InlineData("25 00 00000000 00 0000 00", 8, 4)]
    public async Task A_parameter_list_says_how_long_it_would_be(string cdb, long transferLength, int room)
    {
        (LogicalUnit unit, _) = Open();
        await using LogicalUnit opened = unit;

        TestTask task = Run(unit, cdb, [], room);

        Assert.Equal(Math.Min(transferLength, 74), task.TransferLength);
        Assert.Equal(Math.Min(task.TransferLength, room), task.Returned.Length);
    }

    private static (LogicalUnit Unit, TestDevice Device) Open()
    {
        var device = new TestDevice(Expect.Cached);
        Expect.Random(device.Bytes.Length).CopyTo(device.Bytes);
        return (TestUnit.Open(device), device);
    }

    private static TestTask Run(LogicalUnit unit, string cdb, byte[] dataOut, int room)
    {
        TestTask task = TestUnit.Prepare(cdb, dataOut, room);
        task.HasResiduals = true;
        unit.Execute(task);
        return task.Completed();
    }
}

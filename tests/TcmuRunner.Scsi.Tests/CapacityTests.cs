// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

public sealed class CapacityTests
{
    [Fact]
    public async Task Test_unit_ready_is_good()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Good(unit.Run("00 00 00 00 00 00"));
    }

    /// <summary>SAM-5 5.2: NACA asks for a contingent allegiance that INQUIRY says does not exist.</summary>
    [Theory]
    [InlineData("00 00 00 00 00 04")]
    [InlineData("28 00 00 00 00 00 00 00 01 04")]
    public async Task Naca_is_refused(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 24/00", unit.Run(cdb, dataIn: 512));
    }

    /// <summary>SBC-4 READ CAPACITY (10), (16); sheet trap 12.</summary>
    [Theory]
    [InlineData("25 00 00 00 00 00 00 00 00 00", "00 00 07 FF 00 00 02 00")]
    [InlineData(
        "9E 10 00 00 00 00 00 00 00 00 00 00 00 20 00 00",
        "00 00 00 00 00 00 07 FF 00 00 02 00 00 00 C0 00 00000000 00000000 00000000 00000000")]
    public async Task The_capacity_is_right_to_the_byte(string cdb, string expected)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Data(expected, unit.Run(cdb, dataIn: 64));
    }

    [Fact]
    public async Task Read_capacity_16_tells_the_physical_block_and_no_unmap()
    {
        var device = new TestDevice(Expect.Cached with { Capabilities = DeviceCapabilities.Flush, PhysicalBlockSizeBytes = 4096 });
        await using LogicalUnit unit = TestUnit.Open(device);

        Expect.Data(
            "00000000000007FF 00000200 00 03 00 00 00000000 00000000 00000000 00000000",
            unit.Run("9E 10 00000000 00000000 00000020 00 00", dataIn: 32));
    }

    [Fact]
    public async Task Read_capacity_16_obeys_every_allocation_length()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        for (int length = 0; length < 40; length++)
        {
            Assert.Equal(Math.Min(length, 32), unit.Run($"9E 10 0000000000000000 {length:X8} 00 00", dataIn: 64).Returned.Length);
        }
    }

    [Theory]
    [InlineData("25 01 00 00 00 00 00 00 00 00")]
    [InlineData("25 00 00 00 00 00 00 00 01 00")]
    public async Task Obsolete_bits_of_read_capacity_10_are_refused(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 24/00", unit.Run(cdb, dataIn: 8));
    }

    /// <summary>SBC-4 READ CAPACITY (10): FFFFFFFFh sends the initiator to READ CAPACITY (16).</summary>
    [Fact]
    public async Task Read_capacity_10_of_a_large_disk_says_so()
    {
        const long size = (1L << 32) * 512;
        await using LogicalUnit unit = TestUnit.Open(new LargeDevice(size), TestUnit.Options with { SizeBytes = size });

        Expect.Data("FF FF FF FF 00 00 02 00", unit.Run("25 00 00 00 00 00 00 00 00 00", dataIn: 8));
        Assert.Equal(Expect.Hex("00000000FFFFFFFF"), unit.Run("9E 10 0000000000000000 00000020 00 00", dataIn: 32).Returned[..8].ToArray());
    }

    /// <summary>Sheet trap 18; SPC-5 6.39.</summary>
    [Theory]
    [InlineData("03 00 00 00 FF 00", "70 00 00 00 00 00 00 0A 00 00 00 00 00 00 00 00 00 00")]
    [InlineData("03 01 00 00 FF 00", "72 00 00 00 00 00 00 00")]
    [InlineData("03 00 00 00 03 00", "70 00 00")]
    public async Task Request_sense_returns_no_sense(string cdb, string expected)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Data(expected, unit.Run(cdb, dataIn: 64));
    }

    [Fact]
    public async Task Start_is_obeyed_and_the_rest_of_start_stop_unit_refused()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Good(unit.Run("1B 00 00 00 01 00"));
        Expect.Good(unit.Run("1B 01 00 00 03 00"));
        Expect.Sense("5 24/00", unit.Run("1B 00 00 00 00 00"));
        Expect.Sense("5 24/00", unit.Run("1B 00 00 00 11 00"));
    }

    [Theory]
    [InlineData(0, "00 00 00 08 00 00 00 00 00 00 00 00 00 00 00 00")]
    [InlineData(1, "00 00 00 00 00 00 00 00")]
    public async Task Report_luns_knows_this_unit(int select, string expected)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Data(expected, unit.Run($"A0 00 {select:X2} 00 00 00 00 00 00 FF 00 00", dataIn: 255));
        Expect.Sense("5 24/00", unit.Run("A0 00 00 00 00 00 00 00 00 0F 00 00", dataIn: 255));
    }

    /// <summary>SPC-5 4.2: unknown operation codes and service actions, and a CDB that ends too early.</summary>
    [Theory]
    [InlineData("05 00 00 00 00 00")]
    [InlineData("C0 00 00 00 00 00 00 00 00 00")]
    [InlineData("FF")]
    [InlineData("7F 00 00 00 00 00 00 18 00 09")]
    [InlineData("28 00 00 00 00 00 00 00 01")]
    [InlineData("9E")]
    public async Task Unknown_commands_are_refused(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 20/00", unit.Run(cdb, dataIn: 512));
    }

    /// <summary>SPC-5 4.2.5.2: the operation code exists, so what is wrong is a field.</summary>
    [Theory]
    [InlineData("9E 11 00 00 00 00 00 00 00 00 00 00 00 20 00 00")]
    [InlineData("A3 1F 00 00 00 00 00 00 00 20 00 00")]
    public async Task An_unknown_service_action_is_an_invalid_field(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense("5 24/00", unit.Run(cdb, dataIn: 512));
    }

    private sealed class LargeDevice(long size) : IBlockDevice
    {
        public DeviceCharacteristics Characteristics { get; } = new() { SizeBytes = size };

        public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
        {
            data.Clear();
            return new(IoStatus.Good);
        }

        public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) =>
            new(IoStatus.Good);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

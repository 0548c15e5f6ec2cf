// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>GET LBA STATUS, PRE-FETCH, READ DEFECT DATA, ORWRITE, variable-length CDBs.</summary>
public sealed class BlockQueryTests
{
    /// <summary>SBC-4 GET LBA STATUS: extents of the device, neighbours of the same state as one, from the asked block on.</summary>
    [Fact]
    public async Task Lba_status_comes_from_the_extents()
    {
        await using LogicalUnit unit = TestUnit.Open(new SparseDevice());

        Expect.Data(
            """
            00000034 00000000
            0000000000000004 00000004 00 00 0000
            0000000000000008 00000008 01 00 0000
            0000000000000010 000007F0 00 00 0000
            """,
            unit.Run("9E 12 0000000000000004 00000FFF 00 00", dataIn: 4096));
        Expect.Data("00000014 00000000 0000000000000008 00000008 01 00 0000", unit.Run("9E 12 0000000000000008 00000018 00 00", dataIn: 4096));
        Expect.Data("00000014", unit.Run("9E 12 0000000000000000 00000004 00 00", dataIn: 4096));
    }

    [Fact]
    public async Task Without_extents_every_block_counts_as_mapped()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Data("00000014 00000000 0000000000000001 000007FF 00 00 0000", unit.Run("9E 12 0000000000000001 00000FFF 00 00", dataIn: 4096));
    }

    [Theory]
    [InlineData("9E 12 0000000000000800 00000018 00 00", "5 21/00")]
    [InlineData("9E 12 0000000000000000 00000018 01 00", "5 24/00")]
    [InlineData("34 00 00000800 00 0001 00", "5 21/00")]
    [InlineData("90 00 00000000000007FF 00000002 00 00", "5 21/00")]
    [InlineData("8B 00 0000000000000800 00000001 00 00", "5 21/00")]
    [InlineData("8B 20 0000000000000000 00000001 00 00", "5 24/00")]
    [InlineData("8B 00 0000000000000000 00000002 00 00", "5 0E/03")]
    [InlineData("7F 00 00000000 00 18 0009 20 00 0000000000000000 0000000000000000 00000001", "5 24/00")]
    [InlineData("7F 00 00000000 00 18 0009 00 00 0000000000000800 0000000000000000 00000001", "5 21/00")]
    [InlineData("7F 00 00000000 00 18 0001 00 00 0000000000000000 0000000000000000 00000001", "5 24/00")]
    [InlineData("7F 04 00000000 00 18 0009 00 00 0000000000000000 0000000000000000 00000001", "5 24/00")]
    [InlineData("7F 00 00000000 00 18 0009 00 00 0000000000000000", "5 20/00")]
    [InlineData("7F 00 00000000", "5 20/00")]
    public async Task Wrong_fields_are_refused(string cdb, string sense)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Sense(sense, unit.Run(cdb, new byte[512], 512));
    }

    [Theory]
    [InlineData("34 00 00000000 00 0010 00")]
    [InlineData("34 02 00000000 00 0000 00")]
    [InlineData("90 00 0000000000000800 00000000 00 00")]
    public async Task Pre_fetch_is_good(string cdb)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Good(unit.Run(cdb));
    }

    /// <summary>SBC-4 READ DEFECT DATA: an empty list in the format that was asked for.</summary>
    [Theory]
    [InlineData("37 00 1D 00 00 00 00 0020 00", "00 1D 0000")]
    [InlineData("B7 1D 00000000 00000020 00 00", "00 1D 0000 00000000")]
    public async Task There_are_no_defects(string cdb, string expected)
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();

        Expect.Data(expected, unit.Run(cdb, dataIn: 32));
    }

    /// <summary>SBC-4 ORWRITE(16).</summary>
    [Fact]
    public async Task Orwrite_sets_bits()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        byte[] before = Expect.Random(1024);
        byte[] bits = Expect.Random(1024, 2);
        Expect.Good(unit.Run("2A 00 00000004 00 0002 00", before));

        Expect.Good(unit.Run("8B 08 0000000000000004 00000002 00 00", bits));

        byte[] expected = [.. before.Zip(bits, static (left, right) => (byte)(left | right))];
        Assert.Equal(expected, unit.Run("28 00 00000004 00 0002 00", dataIn: 1024).Returned.ToArray());
        Expect.Good(unit.Run("8B 00 0000000000000800 00000000 00 00"));
    }

    /// <summary>Two ORWRITEs at a time lose no bit: each claims its range for itself.</summary>
    [Fact]
    public async Task Orwrites_of_one_range_lose_nothing()
    {
        var device = new TestDevice(Expect.Cached) { Delay = static async (_, _) => await Task.Yield() };
        await using LogicalUnit unit = TestUnit.Open(device);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(bit => Task.Run(() =>
        {
            byte[] bits = new byte[512];
            bits[bit / 8] = (byte)(1 << (bit % 8));
            Expect.Good(unit.Run("8B 00 0000000000000000 00000001 00 00", bits));
        })));

        Assert.Equal(Enumerable.Repeat((byte)0xFF, 8), device.Bytes[..8].ToArray());
    }

    /// <summary>SBC-4 READ(32), WRITE(32), VERIFY(32), WRITE AND VERIFY(32), WRITE SAME(32).</summary>
    [Fact]
    public async Task Variable_length_commands_do_what_the_short_ones_do()
    {
        await using LogicalUnit unit = TestUnit.OpenMemory();
        byte[] data = Expect.Random(512);

        Expect.Good(unit.Run("7F 00 00000000 00 18 000B 08 00 0000000000000005 0000000000000000 00000001", data));
        Assert.Equal(data, unit.Run("7F 00 00000000 00 18 0009 18 00 0000000000000005 0000000000000000 00000001", dataIn: 512).Returned.ToArray());
        Expect.Good(unit.Run("7F 00 00000000 00 18 000A 02 00 0000000000000005 0000000000000000 00000001", data));
        Expect.Sense("E 1D/00", unit.Run("7F 00 00000000 00 18 000A 02 00 0000000000000005 0000000000000000 00000001", new byte[512]));
        Expect.Good(unit.Run("7F 00 00000000 00 18 000C 02 00 0000000000000006 0000000000000000 00000001", data));
        Expect.Good(unit.Run("7F 00 00000000 00 18 000D 01 00 0000000000000005 0000000000000000 00000001"));
        Assert.Equal(new byte[512], unit.Run("28 00 00000005 00 0001 00", dataIn: 512).Returned.ToArray());
    }

    // Mapped but for blocks 8 to 15; tells of no more than four blocks at a time.
    private sealed class SparseDevice : IBlockDevice, IExtentsDevice
    {
        public DeviceCharacteristics Characteristics { get; } = new() { SizeBytes = 2048 * 512, Capabilities = DeviceCapabilities.Extents };

        public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) => new(IoStatus.Good);

        public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) => new(IoStatus.Good);

        public ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
            new(new Extent(Math.Min(4 * 512, lengthBytes), offsetBytes is >= 8 * 512 and < 16 * 512 ? ExtentState.Deallocated : ExtentState.Mapped));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

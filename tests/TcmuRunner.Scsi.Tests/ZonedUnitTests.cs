// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>What the engine does for a disk with zones: it tells what the device is, and passes on what is about zones.</summary>
public sealed class ZonedUnitTests
{
    [Theory]
    [InlineData("12 00 00 00FF 00", 0)]
    [InlineData("12 01 00 00FF 00", 0)]
    [InlineData("12 01 B1 00FF 00", 0)]
    [InlineData("12 01 B6 00FF 00", 0)]
    public void Every_inquiry_answer_carries_the_peripheral_device_type(string cdb, int index)
    {
        LogicalUnit unit = TestUnit.Open(new ZonedDevice());

        Assert.Equal(0x14, unit.Run(cdb, dataIn: 255).Returned[index]);
    }

    [Fact]
    public void The_zone_page_is_listed_and_told_as_the_device_gave_it()
    {
        LogicalUnit unit = TestUnit.Open(new ZonedDevice());

        Assert.Contains((byte)0xB6, unit.Run("12 01 00 00FF 00", dataIn: 255).Returned[4..].ToArray());
        byte[] page = unit.Run("12 01 B6 00FF 00", dataIn: 255).Returned.ToArray();
        Assert.Equal(64, page.Length);
        Assert.Equal([0x14, 0xB6, 0x00, 0x3C, .. Enumerable.Range(0, 60).Select(value => (byte)value)], page);
        Assert.Equal(0x10, unit.Run("12 01 B1 00FF 00", dataIn: 255).Returned[8]);
    }

    [Fact]
    public void A_disk_without_zones_has_no_zone_page_and_no_zone_commands()
    {
        LogicalUnit unit = TestUnit.Open(new TestDevice(Expect.Cached));

        Expect.Sense("5 24/00", unit.Run("12 01 B6 00FF 00", dataIn: 255));
        Expect.Sense("5 20/00", unit.Run("95 00 0000000000000000 00000040 00 00", dataIn: 64));
    }

    [Fact]
    public void Read_capacity_counts_every_zone_unless_the_device_reports_fewer()
    {
        byte[] all = TestUnit.Open(new ZonedDevice()).Run("9E 10 0000000000000000 00000020 00 00", dataIn: 32).Returned.ToArray();
        byte[] some = TestUnit.Open(new ZonedDevice(reportedBytes: 1024 * 512)).Run("9E 10 0000000000000000 00000020 00 00", dataIn: 32).Returned.ToArray();

        Assert.Equal((0x07, 0xFF, 0x10), (all[6], all[7], all[12]));
        Assert.Equal((0x03, 0xFF, 0x00), (some[6], some[7], some[12]));
    }

    [Fact]
    public void What_the_device_declines_is_refused_and_what_it_answers_is_its_answer()
    {
        LogicalUnit unit = TestUnit.Open(new ZonedDevice());

        Expect.Sense("7 2C/0E", unit.Run("94 04 0000000000000000 0000 0000 00 00"));
        Expect.Sense("5 24/00", unit.Run("94 03 0000000000000000 0000 0000 00 00"));
    }

    [Fact]
    public void A_write_of_no_blocks_reaches_the_device()
    {
        var device = new ZonedDevice();
        LogicalUnit unit = TestUnit.Open(device);

        Assert.Equal(ScsiStatus.Good, unit.Run("8A 00 0000000000000008 00000000 00 00").Status);

        Assert.Equal((8 * 512, 0), (device.LastOffset, device.LastLength));
    }

    [Fact]
    public void A_change_is_told_to_everybody_but_its_cause()
    {
        var device = new ZonedDevice();
        LogicalUnit unit = TestUnit.Open(device);
        var other = new ItNexus("other");
        unit.AddNexus(TestUnit.Nexus);
        unit.AddNexus(other);

        Assert.Equal(ScsiStatus.Good, unit.Run("94 02 0000000000000000 0000 0000 00 00").Status);

        Assert.Equal(ScsiStatus.Good, unit.Run("00 00 00 00 00 00").Status);
        Expect.Sense("6 3F/03", unit.Run("94 02 0000000000000000 0000 0000 00 00", nexus: other));
    }

    [Theory]
    [InlineData(59, 0)]
    [InlineData(60, 513)]
    [InlineData(60, 4096 * 512)]
    public void A_device_that_describes_impossible_zones_is_not_opened(int pageLength, long reportedBytes) =>
        Assert.Throws<HandlerException>(
            () => TestUnit.Open(new ZonedDevice(reportedBytes == 0 ? null : reportedBytes, pageLength)));

    [Fact]
    public void The_block_size_of_the_device_wins()
    {
        LogicalUnit unit = TestUnit.Open(new ZonedDevice(blockSizeBytes: 4096));

        Assert.Equal((4096, 256), (unit.BlockSizeBytes, unit.BlockCount));
    }

    private sealed class ZonedDevice(long? reportedBytes = null, int pageLength = 60, int blockSizeBytes = 0) : IZonedDevice
    {
        private IUnitAttentions? _attentions;

        public long LastOffset { get; private set; }

        public long LastLength { get; private set; } = -1;

        public DeviceCharacteristics Characteristics { get; } = new()
        {
            SizeBytes = 2048 * 512,
            BlockSizeBytes = blockSizeBytes,
            Capabilities = DeviceCapabilities.Zones,
            Zones = new()
            {
                IsHostManaged = true,
                CharacteristicsPage = [.. Enumerable.Range(0, pageLength).Select(value => (byte)value)],
                BlockDeviceFlags = 0x1000,
                ReportedSizeBytes = reportedBytes,
            },
        };

        public ValueTask<IoStatus> ExecuteZoneCommandAsync(IRawCommand command, CancellationToken cancellationToken)
        {
            const int finish = 2;
            const int reset = 4;
            if (command.Cdb[1] == finish)
            {
                _attentions!.Raise(0x3F03, command);
            }

            return new(command.Cdb[1] switch
            {
                finish => IoStatus.Good,
                reset => IoStatus.CheckCondition(7, 0x2C0E),
                _ => IoOutcome.NotSupported,
            });
        }

        public void Attach(IUnitAttentions unitAttentions) => _attentions = unitAttentions;

        public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) =>
            new(IoStatus.Good);

        public ValueTask<IoStatus> WriteAsync(
            long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
        {
            (LastOffset, LastLength) = (offsetBytes, data.Length);
            return new(IoStatus.Good);
        }

        public int ZoneCount => 1;

        public ZoneDescription GetZone(int zone) => new(zone, 2, 1, 0, 2048, 0, -1, -1);

        public ValueTask SetZoneFaultAsync(int zone, ZoneFault fault, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

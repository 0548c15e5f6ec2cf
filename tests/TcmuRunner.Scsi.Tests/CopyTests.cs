// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Scsi.Tests;

/// <summary>EXTENDED COPY(LID1) and RECEIVE COPY RESULTS; libiscsi ExtendedCopy and ReceiveCopyResults.</summary>
public sealed class CopyTests : IAsyncDisposable
{
    private const string Serial = "3b5b1a6e-52c9-4f6b-9a54-9d1c8f0e7a21";
    private const string OtherSerial = "0123456789abcdef";
    private readonly ItNexus _nexus;
    private LogicalUnit[] _visible = [];
    private readonly TestDevice _device = new(Expect.Cached);
    private readonly TestDevice _otherDevice = new(Expect.Cached);
    private readonly LogicalUnit _unit;
    private readonly LogicalUnit _other;

    public CopyTests()
    {
        LogicalUnitOptions options = TestUnit.Options with { KnowsInitiators = true };
        _unit = TestUnit.Open(_device, options);
        _other = TestUnit.Open(_otherDevice, options with { Environment = new TestEnvironment { UnitSerialNumber = OtherSerial } });
        _nexus = new ItNexus("iqn.test:copy", Cluster.Port("iqn.test:copy"), 1) { VisibleUnits = () => _visible };
        _visible = [_unit, _other];
        Expect.Random(_device.Bytes.Length).CopyTo(_device.Bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await _unit.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public void Blocks_are_copied_within_a_unit()
    {
        byte[] source = _device.Bytes[..(100 * 512)].ToArray();

        Expect.Good(Copy(List(1, [Serial], [(0, 0, 100, 0, 1000)])));

        Assert.Equal(source, _device.Bytes.Slice(1000 * 512, 100 * 512).ToArray());
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(10, 0)]
    public void An_overlapping_range_is_copied_right(int from, int to)
    {
        byte[] source = _device.Bytes.Slice(from * 512, 1500 * 512).ToArray();
        using LogicalUnitScope scope = Open(32);

        Expect.Good(Copy(List(1, [Serial], [(0, 0, 1500, from, to)]), scope.Unit));

        Assert.Equal(source, scope.Device.Bytes.Slice(to * 512, 1500 * 512).ToArray());
    }

    [Fact]
    public void Blocks_are_copied_to_another_unit_that_the_nexus_may_see()
    {
        Expect.Good(Copy(List(1, [Serial, OtherSerial], [(0, 1, 50, 7, 9)])));

        Assert.Equal(_device.Bytes.Slice(7 * 512, 50 * 512).ToArray(), _otherDevice.Bytes.Slice(9 * 512, 50 * 512).ToArray());
    }

    /// <summary>CVE-2020-28374: a unit that this nexus may not see is not there.</summary>
    [Fact]
    public void A_unit_that_the_nexus_may_not_see_cannot_be_reached()
    {
        _visible = [_unit];

        Expect.Sense("A 0D/02", Copy(List(1, [Serial, OtherSerial], [(0, 1, 50, 7, 9)])));
        Assert.Empty(_otherDevice.Calls);
    }

    [Fact]
    public void A_reservation_of_the_destination_holds_for_copies()
    {
        var holder = new ItNexus("iqn.test:h", Cluster.Port("iqn.test:h"), 1);
        Expect.Good(_other.Run("16 00 00 00 00 00", nexus: holder));

        Expect.Sense("A 0D/01", Copy(List(1, [Serial, OtherSerial], [(0, 1, 50, 7, 9)])));
        Assert.Empty(_otherDevice.Calls);
    }

    [Fact]
    public void The_result_can_be_asked_for()
    {
        Expect.Sense("5 24/00", _unit.Run("84 00 05 00 00 00 00 00 00 00 00000020 00 00", dataIn: 32, nexus: _nexus));
        Expect.Good(Copy(List(5, [Serial], [(0, 0, 2, 0, 10), (0, 0, 3, 0, 20)])));

        Expect.Data("00000008 01 0002 00 00000A00", _unit.Run("84 00 05 00 00 00 00 00 00 00 00000020 00 00", dataIn: 32, nexus: _nexus));
        Expect.Sense("5 24/00", _unit.Run("84 00 05 00 00 00 00 00 00 00 00000020 00 00", dataIn: 32, nexus: new ItNexus("other")));
    }

    [Fact]
    public void The_limits_are_told()
    {
        Expect.Data(
            """
            0000002A 01 000000 0008 0010 000002C0 01FFFE00 00000000 00000000 00000000 0000
            00FF FF 09 00 00 000000 02 02 E4
            """,
            _unit.Run("84 03 00 00 00 00 00 00 00 00 000000FF 00 00", dataIn: 255));
    }

    [Fact]
    public void Wrong_lists_are_refused()
    {
        byte[] good = List(1, [Serial], [(0, 0, 1, 0, 10)]);
        Expect.Good(_unit.Run("83 00 00000000 00000000 00000000 00 00"));
        Expect.Sense("5 1A/00", Copy(good[..47]));
        Expect.Sense("5 1A/00", Copy(good[..75]));
        Expect.Sense("5 1A/00", Copy(good[..15]));
        Expect.Sense("5 26/06", Copy(List(1, [.. Enumerable.Repeat(Serial, 9)], [(0, 0, 1, 0, 10)])));
        Expect.Sense("5 26/08", Copy(List(1, [Serial], [.. Enumerable.Repeat((0, 0, 1, 0, 10), 17)])));
        Expect.Sense("5 1A/00", Copy(List(1, [.. Enumerable.Repeat(Serial, 9)], [.. Enumerable.Repeat((0, 0, 1, 0, 10), 17)])));
        Expect.Sense("5 26/07", Copy(With(good, 16, 0xE0)));
        Expect.Sense("5 26/09", Copy(With(good, 48, 0x00)));
        Expect.Sense("5 26/00", Copy(With(good, 51, 0x17)));
        Expect.Sense("5 26/00", Copy(With(good, 17, 0x01)));
        Expect.Sense("5 26/00", Copy(With(good, 20, 0x02)));
        Expect.Sense("5 26/00", Copy(With(good, 1, 0x08)));
        Expect.Sense("5 26/00", Copy(With(good, 1, 0x18)));
        Expect.Sense("5 1A/00", Copy(With(good, 15, 0x01)));
        Expect.Sense("A 0D/02", Copy(With(good, 17, 0x20)));
        Expect.Sense("A 0D/02", Copy(List(1, [Serial], [(0, 1, 1, 0, 10)])));
        Expect.Sense("A 0D/02", Copy(List(1, ["ff"], [(0, 0, 1, 0, 10)])));
        Expect.Sense("A 0D/03", Copy(With(good, 46, 0x10)));
        Expect.Sense("A 00/00", Copy(List(1, [Serial], [(0, 0, 2048, 0, 1)])));
        Assert.Empty(_device.Calls);
    }

    /// <summary>SPC-4: two copies of one nexus at a time may not share a list identifier.</summary>
    [Fact]
    public async Task A_list_identifier_is_taken_while_its_copy_runs()
    {
        var release = new TaskCompletionSource();
        _device.Delay = (_, _) => release.Task;
        byte[] list = List(1, [Serial], [(0, 0, 1, 0, 10)]);
        using TestTask first = TestUnit.Prepare($"83 00 00000000 00000000 {list.Length:X8} 00 00", list, nexus: _nexus);
        _unit.Execute(first);

        Expect.Sense("5 00/16", Copy(list));
        Expect.Data("00000008 00 0000 00 00000000", _unit.Run("84 00 01 00 00 00 00 00 00 00 00000020 00 00", dataIn: 32, nexus: _nexus));
        release.SetResult();
        Expect.Good(first.Completed());
        _device.Delay = null;
        await Task.Yield();
        Expect.Good(Copy(list));
    }

    /// <summary>A copy on a device that takes one operation at a time does not wait for itself.</summary>
    [Fact]
    public async Task A_serialized_device_can_copy_sweep_and_eject()
    {
        var device = new TestDevice(Expect.Cached with { Threading = DeviceThreading.Serialized });
        await using LogicalUnit unit = TestUnit.Open(device, TestUnit.Options with { IsRemovable = true });

        Expect.Good(Copy(List(1, [Serial], [(0, 0, 1, 0, 10)]), unit));
        Expect.Good(unit.Run("04 00 00 00 00 00"));
        Expect.Good(unit.Run("1B 00 00 00 02 00"));
    }

    private static byte[] With(byte[] list, int offset, byte value)
    {
        byte[] changed = [.. list];
        changed[offset] = value;
        return changed;
    }

    private TestTask Copy(byte[] list, LogicalUnit? unit = null) => (unit ?? _unit).Run($"83 00 00000000 00000000 {list.Length:X8} 00 00", list, nexus: _nexus);

    private static byte[] List(byte identifier, string[] serials, (int Source, int Destination, int Count, int From, int To)[] segments)
    {
        byte[] list = new byte[16 + (32 * serials.Length) + (28 * segments.Length)];
        list[0] = identifier;
        BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(2), (ushort)(32 * serials.Length));
        BinaryPrimitives.WriteUInt32BigEndian(list.AsSpan(8), (uint)(28 * segments.Length));
        int offset = 16;
        foreach (string serial in serials)
        {
            Expect.Hex("E4 00 0000 01 03 00 10").CopyTo(list, offset);
            UnitIdentity.WriteNaa(list.AsSpan(offset + 8), serial);
            list[offset + 30] = 0x02;
            offset += 32;
        }

        foreach ((int source, int destination, int count, int from, int to) in segments)
        {
            Expect.Hex("02 00 0018").CopyTo(list, offset);
            BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(offset + 4), (ushort)source);
            BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(offset + 6), (ushort)destination);
            BinaryPrimitives.WriteUInt16BigEndian(list.AsSpan(offset + 10), (ushort)count);
            BinaryPrimitives.WriteUInt64BigEndian(list.AsSpan(offset + 12), (ulong)from);
            BinaryPrimitives.WriteUInt64BigEndian(list.AsSpan(offset + 20), (ulong)to);
            offset += 28;
        }

        return list;
    }

    // A unit over the same bytes that moves only a few blocks at a time.
    private LogicalUnitScope Open(uint maximumTransfer)
    {
        var device = new TestDevice(Expect.Cached);
        _device.Bytes.CopyTo(device.Bytes);
        return new LogicalUnitScope(TestUnit.Open(device, TestUnit.Options with { MaximumTransferBlocks = maximumTransfer }), device);
    }

    private sealed record LogicalUnitScope(LogicalUnit Unit, TestDevice Device) : IDisposable
    {
        public void Dispose() => Unit.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}

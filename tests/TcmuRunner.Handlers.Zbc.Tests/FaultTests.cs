// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>Faults that are injected while a disk is in use.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(ZoneFault.ReadOnly, 0xD, "7 27/08", "good")]
    [InlineData(ZoneFault.Offline, 0xF, "7 2C/0E", "7 2C/0E")]
    public async Task A_zone_fails_on_demand_and_is_whole_again(ZoneFault fault, int condition, string write, string read)
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM");
        long zone = 3 * disk.Zone;
        disk.Write(zone, 16, 0x31);
        IZonedDevice zones = disk.Unit.Zones!;

        await zones.SetZoneFaultAsync(3, fault, CancellationToken.None);
        Assert.Equal(condition, disk.Condition(zone));
        Assert.Equal(condition, zones.GetZone(3).Condition);
        Assert.Equal(write, disk.Write(zone + 16, 8));
        Assert.Equal(write, disk.Reset(zone));
        Assert.Equal(read, disk.Read(zone, 8));

        await zones.SetZoneFaultAsync(3, ZoneFault.None, CancellationToken.None);
        Assert.Equal(4, disk.Condition(zone));
        Assert.Equal(16, zones.GetZone(3).WrittenBlocks);
        Assert.True(disk.Data(zone, 16).All(value => value == 0x31));
        Assert.Equal("good", disk.Write(zone + 16, 8));
    }

    [Fact]
    public async Task A_fault_survives_a_restart()
    {
        using var directory = new TemporaryDirectory();
        string configuration = $"zbc/zsize-1@{directory.PathOf("a.img")}";
        using (ZonedDisk disk = ZonedDisk.Open(configuration, 16 << 20))
        {
            await disk.Unit.Zones!.SetZoneFaultAsync(0, ZoneFault.Offline, CancellationToken.None);
        }

        using ZonedDisk again = ZonedDisk.Open(configuration, 16 << 20);
        Assert.Equal(0xF, again.Condition(0));
        Assert.Equal("7 2C/0E", again.Write(0, 8));
        await again.Unit.Zones!.SetZoneFaultAsync(0, ZoneFault.None, CancellationToken.None);
        Assert.Equal("good", again.Write(0, 8));
    }

    [Fact]
    public async Task Initiators_are_told()
    {
        using ZonedDisk disk = ZonedDisk.Create("model-HM");
        disk.Unit.AddNexus(TestKit.Scsi.TestUnit.Nexus);

        await disk.Unit.Zones!.SetZoneFaultAsync(3, ZoneFault.ReadOnly, CancellationToken.None);

        Assert.Equal("6 3F/03", disk.Do("00 00 00 00 00 00"));
        Assert.Equal("good", disk.Do("00 00 00 00 00 00"));
    }

    [Fact]
    public async Task What_cannot_fail_is_named()
    {
        using ZonedDisk disk = ZonedDisk.Create("type-ZONE_DOM/rsize-10", 40);
        IZonedDevice zones = disk.Unit.Zones!;

        Assert.Contains("no zone 75", (await Assert.ThrowsAsync<HandlerException>(() => zones.SetZoneFaultAsync(75, ZoneFault.Offline, default).AsTask())).Message, StringComparison.Ordinal);
        Assert.Contains("gap", (await Assert.ThrowsAsync<HandlerException>(() => zones.SetZoneFaultAsync(33, ZoneFault.Offline, default).AsTask())).Message, StringComparison.Ordinal);
        Assert.Equal(1, zones.GetZone(40).Domain);
        Assert.Equal(0, zones.GetZone(40).Realm);
    }
}

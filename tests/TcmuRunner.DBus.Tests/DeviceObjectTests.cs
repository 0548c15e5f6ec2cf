// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Threading.Channels;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.DBus.Tests;

/// <summary>Devices on the bus: their objects, and what happens to them.</summary>
public sealed class DeviceObjectTests
{
    private const string Path = "/org/kernel/TCMUService1/devices/user_5f1_2fdisk1";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_device_has_its_facts_as_properties()
    {
        await using RunningService running = await RunningService.StartAsync(FakeControl.Device("disk1"));

        Dictionary<string, Dictionary<object, object>> managed = await running.ManagedObjectsAsync(ServiceNames.DevicesPath);

        var properties = (Dictionary<object, object>)managed[Path][ServiceNames.Device];
        Assert.Equal("user_1/disk1", properties["ConfigFsName"]);
        Assert.Equal("serving", properties["State"]);
        Assert.Equal(1UL << 20, properties["SizeBytes"]);
        Assert.Equal(7UL, properties["Commands"]);
        Assert.Equal(2U, properties["CommandsInFlight"]);
        Assert.Single(managed);
    }

    [Fact]
    public async Task Counters_are_read_when_somebody_asks()
    {
        await using RunningService running = await RunningService.StartAsync(FakeControl.Device("disk1"));
        running.Control.Devices = [FakeControl.Device("disk1") with { Commands = 99 }];

        // Who asks again at once gets the same answer again.
        object[] answer;
        var time = Stopwatch.StartNew();
        do
        {
            answer = await running.CallAsync(Path, "org.freedesktop.DBus.Properties", "Get", "ss", ServiceNames.Device, "Commands");
        }
        while (!answer.SequenceEqual([99UL]) && time.Elapsed < s_limit);

        Assert.Equal([99UL], answer);
    }

    [Fact]
    public async Task What_happens_to_a_device_is_told()
    {
        await using RunningService running = await RunningService.StartAsync();
        var signals = Channel.CreateUnbounded<ReceivedSignal>();
        using IDisposable watch = await running.Client.WatchAsync(
            $"type='signal',interface='{ServiceNames.Devices}'", signal => signals.Writer.TryWrite(signal));

        await ExpectAsync([FakeControl.Device("disk1")], ("DeviceAdded", [Path, "file/disk1"]));
        await ExpectAsync([FakeControl.Device("disk1", sizeBytes: 4096)], ("DeviceResized", [Path, "file/disk1", 4096UL]));
        await ExpectAsync([FakeControl.Device("disk1", "retrying", "It is gone.", 0)], ("DeviceFailed", [Path, "file/disk1", "It is gone."]));
        await ExpectAsync([FakeControl.Device("disk1")], ("DeviceRecovered", [Path, "file/disk1"]));
        await ExpectAsync([], ("DeviceRemoved", [Path, "file/disk1"]));

        async Task ExpectAsync(DeviceFacts[] devices, (string Member, object[] Arguments) expected)
        {
            running.Control.Devices = devices;
            running.Service.UpdateDevices();
            ReceivedSignal signal = await signals.Reader.ReadAsync().AsTask().WaitAsync(s_limit);
            Assert.Equal(expected.Member, signal.Member);
            Assert.Equal(expected.Arguments, signal.Arguments);
        }
    }

    [Fact]
    public async Task Properties_that_change_are_announced()
    {
        await using RunningService running = await RunningService.StartAsync(FakeControl.Device("disk1"));
        var signals = Channel.CreateUnbounded<ReceivedSignal>();
        using IDisposable watch = await running.Client.WatchAsync(
            $"type='signal',member='PropertiesChanged',path='{Path}'", signal => signals.Writer.TryWrite(signal));

        running.Control.Devices = [FakeControl.Device("disk1", "failed", "No.")];
        running.Service.UpdateDevices();

        ReceivedSignal signal = await signals.Reader.ReadAsync().AsTask().WaitAsync(s_limit);
        Assert.Equal(ServiceNames.Device, signal.Arguments[0]);
        Assert.Equal(new Dictionary<object, object> { ["State"] = "failed", ["LastError"] = "No." }, signal.Arguments[1]);
    }

    [Fact]
    public async Task A_device_is_resized_and_the_daemon_is_told()
    {
        await using RunningService running = await RunningService.StartAsync(FakeControl.Device("disk1"));

        await running.CallAsync(Path, ServiceNames.Device, "Resize", "t", 8192UL);
        await running.CallAsync(ServiceNames.RootPath, ServiceNames.Daemon, "Reload");
        await running.CallAsync(ServiceNames.RootPath, ServiceNames.Daemon, "SetLogLevel", "i", 5);
        await running.CallAsync(Path, ServiceNames.Device, "SetLogLevel", "i", 4);

        Assert.Equal(4, Assert.Single(running.Control.Devices).LogLevel);
        Assert.Equal(["user_1/disk1 8192", "reload"], running.Control.Done);
        object[] level = await running.CallAsync(ServiceNames.RootPath, "org.freedesktop.DBus.Properties", "Get", "ss", ServiceNames.Daemon, "LogLevel");
        Assert.Equal([5], level);
    }

    [Fact]
    public async Task Zones_are_described_and_made_faulty()
    {
        await using RunningService running = await RunningService.StartAsync(FakeControl.Device("disk1"));

        object[] answer = await running.CallAsync(Path, ServiceNames.Device, "GetZones", "uu", 1U, 1U);
        await running.CallAsync(Path, ServiceNames.Device, "SetZoneFault", "us", 2U, "offline");

        Assert.Equal(3U, answer[0]);
        Assert.Equal([1U, (byte)2, (byte)4, 2048UL, 2048UL, 7L, 1, 0], Assert.IsType<object[]>(Assert.Single(Assert.IsAssignableFrom<IEnumerable<object>>(answer[1]))));
        Assert.Equal(["user_1/disk1 2 offline"], running.Control.Done);
    }

    [Fact]
    public async Task An_image_is_looked_after()
    {
        await using RunningService running = await RunningService.StartAsync(FakeControl.Device("disk1"));

        BusException none = await Assert.ThrowsAsync<BusException>(() => running.CallAsync(Path, ServiceNames.Device, "Image", "ss", "info", ""));
        running.Control.ImageAnswer = "{}";
        object[] answer = await running.CallAsync(Path, ServiceNames.Device, "Image", "ss", "info", "");

        Assert.Equal((BusErrorName.InvalidArgs, "file/disk1 is in no image."), (none.ErrorName, none.Message));
        Assert.Equal(["{}"], answer);
    }
}

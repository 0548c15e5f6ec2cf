// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Tcmu.Tests.Netlink;

namespace TcmuRunner.Tcmu.Tests.Front;

public sealed class TcmuFrontRetryTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_device_whose_handler_fails_at_the_start_is_tried_again_with_growing_pauses()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device, commandTimeOut: "0");
        int failures = 8;
        fixture.Factory.OnOpen = (_, _) => failures-- > 0
            ? throw new HandlerException(HandlerErrorKind.NotFound, "Not there.")
            : Task.CompletedTask;

        await fixture.StartAsync();
        Assert.Equal(TcmuDeviceState.Retrying, fixture.Front.Devices[0].State);
        Assert.Equal("Not there.", fixture.Front.Devices[0].LastError);
        foreach (int seconds in (int[])[1, 2, 4, 8, 16, 30, 30, 30])
        {
            Assert.True(device.IsBlocked);
            await fixture.PassAsync(seconds * s_second);
        }

        await fixture.LoggedAsync("is being served");
        await fixture.Kernel.ReconfigureAsync(device, new(WriteCache: 1)).WaitAsync(FrontFixture.Limit);
        Assert.Equal(TcmuDeviceState.Serving, fixture.Front.Devices[0].State);
        Assert.False(device.IsBlocked);
        Assert.Single(fixture.Logger.Lines, line => line.Contains("Not there.", StringComparison.Ordinal));
        Assert.Equal(
            ["open file/d1", "d1 action/block_dev=1", "d1 action/reset_ring=1", "start uio0", "d1 action/block_dev=0"],
            fixture.Kernel.Journal.TakeLast(5));
    }

    [Fact]
    public async Task A_device_whose_handler_takes_its_time_at_the_start_is_blocked_meanwhile()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device);
        var open = new TaskCompletionSource();
        fixture.Factory.OnOpen = (_, _) => open.Task;

        Task started = fixture.StartAsync();
        await fixture.Time.WhenTimerIsSet(s_second).WaitAsync(FrontFixture.Limit);
        Assert.False(device.IsBlocked);
        await fixture.PassAsync(s_second);
        await fixture.Time.WhenTimerIsSet(29 * s_second).WaitAsync(FrontFixture.Limit);
        Assert.True(device.IsBlocked);
        open.SetResult();
        await started;

        Assert.False(device.IsBlocked);
        Assert.Equal(TcmuDeviceState.Serving, fixture.Front.Devices[0].State);
        Assert.Equal(
            [
                "open file/d1", "d1 action/block_dev=1", "d1 action/reset_ring=1",
                "d1 action/block_dev=1", "d1 action/reset_ring=1", "start uio0", "d1 action/block_dev=0",
            ],
            fixture.Kernel.Journal.Where(entry => !entry.Contains("netlink", StringComparison.Ordinal)).TakeLast(7));
    }

    [Fact]
    public async Task A_device_whose_ring_cannot_be_opened_does_not_stay_blocked_after_its_command_time_out()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device, commandTimeOut: "1");
        fixture.Factory.OnStart = () => throw new TcmuException(TcmuErrorKind.Failed, "The ring is busy.");

        await fixture.StartAsync();
        Assert.True(device.IsBlocked);
        await fixture.PassAsync(s_second);
        await fixture.LoggedAsync("commands end with errors from now on");
        await fixture.Time.WhenTimerIsSet(2 * s_second).WaitAsync(FrontFixture.Limit);

        Assert.Equal(2, fixture.Factory.Requests.Count);
        Assert.Equal("The ring is busy.", fixture.Front.Devices[0].LastError);
        Assert.False(device.IsBlocked);
    }

    [Fact]
    public async Task A_device_that_is_not_served_is_unblocked_after_its_command_time_out()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device, commandTimeOut: "5");
        bool fails = true;
        fixture.Factory.OnOpen = (_, _) => fails ? throw new HandlerException(HandlerErrorKind.NotFound, "Not there.") : Task.CompletedTask;

        await fixture.StartAsync();
        await fixture.PassAsync(s_second);
        await fixture.PassAsync(2 * s_second);
        await fixture.PassAsync(2 * s_second);
        await fixture.LoggedAsync("commands end with errors from now on");
        fails = false;
        await fixture.PassAsync(2 * s_second);
        await fixture.LoggedAsync("is being served");
        await fixture.Kernel.ReconfigureAsync(device, new(WriteCache: 1)).WaitAsync(FrontFixture.Limit);

        Assert.Equal(
            [
                "d1 action/block_dev=0", "open file/d1",
                "d1 action/block_dev=1", "d1 action/reset_ring=1", "start uio0", "d1 action/block_dev=0",
            ],
            fixture.Kernel.Journal.TakeLast(6));
    }

    [Fact]
    public async Task A_device_whose_handler_hangs_at_the_start_is_unblocked_after_its_command_time_out()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device, commandTimeOut: "3");
        fixture.Factory.OnOpen = (_, _) => fixture.HangAsync();

        Task started = fixture.StartAsync();
        await fixture.PassAsync(s_second);
        await fixture.Time.WhenTimerIsSet(2 * s_second).WaitAsync(FrontFixture.Limit);
        Assert.True(device.IsBlocked);
        await fixture.PassAsync(2 * s_second);
        await fixture.LoggedAsync("commands end with errors from now on");
        await fixture.PassAsync(7 * s_second);
        await started;

        Assert.Equal(TcmuDeviceState.Retrying, fixture.Front.Devices[0].State);
        Assert.False(device.IsBlocked);
    }

    [Fact]
    public async Task A_device_that_is_being_retried_can_be_removed()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device);
        fixture.Factory.OnOpen = (_, _) => throw new HandlerException(HandlerErrorKind.NotFound, "Not there.");
        await fixture.StartAsync();

        await fixture.Kernel.RemoveAsync(device).WaitAsync(FrontFixture.Limit);

        Assert.Empty(fixture.Front.Devices);
        Assert.Single(fixture.Factory.Requests);
    }

    [Fact]
    public async Task A_device_whose_handler_hangs_in_open_can_be_removed()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device);
        var limits = new TcmuFrontOptions();
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Factory.OnOpen = (_, _) =>
        {
            called.SetResult();
            return fixture.HangAsync();
        };
        Task started = fixture.StartAsync();
        await called.Task.WaitAsync(FrontFixture.Limit);
        await fixture.PassAsync(s_second);
        await fixture.Time.WhenTimerIsSet(29 * s_second).WaitAsync(FrontFixture.Limit);
        await fixture.PassAsync(limits.StartLimit - s_second);
        await started;

        Task removed = fixture.Kernel.RemoveAsync(device);
        await fixture.PassUntilAsync(removed, limits.StopLimit);

        Assert.Empty(fixture.Front.Devices);
        Assert.Contains(fixture.Logger.Lines, line => line.Contains("is left behind", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_configuration_is_tried_soon()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device, commandTimeOut: "0");
        fixture.Factory.OnOpen = (request, _) => request.Configuration == "file//a"
            ? throw new HandlerException(HandlerErrorKind.NotFound, "Not there.")
            : Task.CompletedTask;
        await fixture.StartAsync();
        await fixture.Time.WhenTimerIsSet(s_second).WaitAsync(FrontFixture.Limit);

        Assert.Equal(-22, await fixture.Kernel.ReconfigureAsync(device, new("file//bad")).WaitAsync(FrontFixture.Limit));
        Assert.Equal(-2, await fixture.Kernel.ReconfigureAsync(device, new("none//b")).WaitAsync(FrontFixture.Limit));
        Assert.Equal(0, await fixture.Kernel.ReconfigureAsync(device, new("file//b")).WaitAsync(FrontFixture.Limit));
        await fixture.LoggedAsync("is being served");

        Assert.Equal("file//b", fixture.Front.Devices[0].Configuration);
    }

    [Fact]
    public async Task A_device_whose_ring_breaks_is_served_again()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device);
        await fixture.StartAsync();
        FakeDevice first = fixture.Factory["file/d1"];
        var reopened = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Factory.OnOpen = (_, _) =>
        {
            reopened.SetResult();
            return Task.CompletedTask;
        };

        first.End(new TcmuException(TcmuErrorKind.Failed, "The ring is broken."));
        await fixture.LoggedAsync("The ring is broken.");
        await fixture.PassAsync(s_second);
        await reopened.Task.WaitAsync(FrontFixture.Limit);
        await fixture.Kernel.ReconfigureAsync(device, new(WriteCache: 1)).WaitAsync(FrontFixture.Limit);

        Assert.True(first.IsDisposed);
        Assert.Equal(TcmuDeviceState.Serving, fixture.Front.Devices[0].State);
        Assert.False(device.IsBlocked);
        Assert.Equal(2, fixture.Factory.Requests.Count);
    }

    [Fact]
    public async Task A_device_that_goes_away_without_an_event_is_dropped()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device);
        await fixture.StartAsync();

        fixture.Kernel.Vanish(device);
        fixture.Factory["file/d1"].End(null);
        await fixture.PassAsync(s_second);
        await fixture.LoggedAsync("was removed");

        Assert.Empty(fixture.Front.Devices);
    }

    [Theory]
    [InlineData("30", false)]
    [InlineData("0", true)]
    public async Task A_ring_that_cannot_be_understood_is_not_tried_again(string commandTimeOut, bool staysBlocked)
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice device, commandTimeOut);
        fixture.Factory.OnStart = () => throw new TcmuException(TcmuErrorKind.NotSupported, "Version 3.");

        await fixture.StartAsync();

        Assert.Equal(TcmuDeviceState.Failed, fixture.Front.Devices[0].State);
        Assert.Equal("Version 3.", fixture.Front.Devices[0].LastError);
        Assert.Equal(staysBlocked, device.IsBlocked);
    }

    [Fact]
    public async Task Lost_events_lead_to_a_look_at_sysfs_and_nobody_waits_for_ever()
    {
        await using FrontFixture fixture = Fixture(out FakeKernelDevice gone);
        await fixture.StartAsync();
        (FakeKernelDevice kept, Task<int> enabled) = fixture.Kernel.Create("kept", "file//k");
        await enabled.WaitAsync(FrontFixture.Limit);

        fixture.Kernel.DropEvents();
        fixture.Kernel.Vanish(gone);
        Task<int> resized = fixture.Kernel.ReconfigureAsync(kept, new(SizeBytes: 512));
        fixture.Kernel.AddExisting("d3", "file//c", minor: 3, repliesSupported: -1);
        fixture.Kernel.ReportOverrun();

        Assert.Equal(-4, await resized.WaitAsync(FrontFixture.Limit));
        await fixture.LoggedAsync("file/d3 (uio3) is being served");
        await fixture.LoggedAsync("file/d1 (uio0) was removed");
        await fixture.LoggedAsync("in step with the kernel again");
        Assert.Equal(["file/kept", "file/d3"], fixture.Front.Devices.Select(device => device.Name));
        Assert.Equal("block_netlink=0", fixture.Kernel.Journal.Last(entry => entry.StartsWith("block_netlink", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Lost_events_do_not_fail_what_is_being_worked_on()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        var open = new TaskCompletionSource();
        fixture.Factory.OnOpen = (_, _) => open.Task;
        Task<int> enabled = fixture.Kernel.Create("d1", "file//a").Enabled;

        fixture.Kernel.ReportOverrun();
        await fixture.Time.WhenTimerIsSet(new TcmuFrontOptions().StartLimit).WaitAsync(FrontFixture.Limit);
        open.SetResult();

        Assert.Equal(0, await enabled.WaitAsync(FrontFixture.Limit));
    }

    [Fact]
    public async Task After_a_reset_no_reply_is_sent_for_what_the_reset_has_failed()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        var open = new TaskCompletionSource();
        fixture.Factory.OnOpen = (_, _) => open.Task;
        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");

        fixture.Kernel.ReportOverrun();
        await fixture.PassAsync(new TcmuFrontOptions().StartLimit);
        Assert.Equal(-4, await enabled.WaitAsync(FrontFixture.Limit));
        await fixture.LoggedAsync("in step with the kernel again");
        open.SetResult();
        await fixture.LoggedAsync("file/d1 (uio0) was removed");

        Assert.Equal(0, device.DoneCount);
    }

    private static FrontFixture Fixture(out FakeKernelDevice device, string commandTimeOut = "30")
    {
        var kernel = new FakeTcmuKernel();
        device = kernel.AddExisting("d1", "file//a", minor: 0);
        device.Attributes["cmd_time_out"] = commandTimeOut;
        return new FrontFixture(kernel);
    }
}

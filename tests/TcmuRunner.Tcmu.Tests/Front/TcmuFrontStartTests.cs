// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.Tests.Netlink;

namespace TcmuRunner.Tcmu.Tests.Front;

public sealed class TcmuFrontStartTests
{
    [Fact]
    public async Task Start_and_stop_go_in_the_order_that_loses_nothing()
    {
        var kernel = new FakeTcmuKernel();
        kernel.AddExisting("d1", "file//a", minor: 0);
        await using (var fixture = new FrontFixture(kernel))
        {
            await fixture.StartAsync();
            await fixture.Front.StopAsync(CancellationToken.None).WaitAsync(FrontFixture.Limit);
        }

        Assert.Equal(
            [
                "block_netlink=1", "reset_netlink=1", "join", "set features",
                "open file/d1", "d1 action/block_dev=1", "d1 action/reset_ring=1", "start uio0", "d1 action/block_dev=0",
                "block_netlink=0",
                "block_netlink=1", "d1 action/block_dev=1", "drain uio0", "stop uio0", "d1 action/block_dev=0",
            ],
            kernel.Journal);
        Assert.True(kernel.IsSocketClosed);
    }

    [Fact]
    public async Task Netlink_is_unblocked_after_the_stop_when_that_is_wanted()
    {
        await using var fixture = new FrontFixture(options: new TcmuFrontOptions { BlockNetlinkAfterStop = false });
        await fixture.StartAsync();

        await fixture.Front.StopAsync(CancellationToken.None).WaitAsync(FrontFixture.Limit);

        Assert.False(fixture.Kernel.IsNetlinkBlocked);
    }

    [Fact]
    public async Task Devices_found_are_reported_with_their_state()
    {
        var kernel = new FakeTcmuKernel();
        kernel.AddExisting("d2", "file//b;tcmur_cmd_time_out=7;direct", minor: 2);
        kernel.AddExisting("d1", "file//a", minor: 0);
        await using var fixture = new FrontFixture(kernel);

        await fixture.StartAsync();

        Assert.Equal(["file/d1", "file/d2"], fixture.Front.Devices.Select(device => device.Name));
        TcmuDeviceStatus status = fixture.Front.Devices[1];
        Assert.Equal(TcmuDeviceState.Serving, status.State);
        Assert.Equal("uio2", status.UioName);
        Assert.Equal("user_0/d2", status.ConfigFsName);
        Assert.Equal(1048576, status.SizeBytes);
        Assert.Equal(3, status.Statistics.Commands);
        Assert.Null(status.LastError);
    }

    [Fact]
    public async Task The_daemons_own_option_does_not_reach_the_handler()
    {
        var kernel = new FakeTcmuKernel();
        kernel.AddExisting("d2", "file//b;tcmur_cmd_time_out=7;direct", minor: 2);
        await using var fixture = new FrontFixture(kernel);

        await fixture.StartAsync();

        Assert.Equal("file//b;direct", fixture.Factory.Requests[0].Configuration);
        Assert.Equal(TimeSpan.FromSeconds(7), fixture.Factory.Requests[0].CommandTimeOut);
    }

    [Theory]
    [InlineData("0", false)]
    [InlineData("1", true)]
    public async Task An_adopted_device_has_the_write_cache_that_configfs_says(string attribute, bool expected)
    {
        var kernel = new FakeTcmuKernel();
        kernel.AddExisting("d1", "file//cached", minor: 0).Attributes["emulate_write_cache"] = attribute;
        await using var fixture = new FrontFixture(kernel);

        await fixture.StartAsync();

        Assert.Equal(expected, fixture.Factory.Requests[0].WriteCache);
        Assert.True(fixture.Factory.Requests[0].IsReopen);
    }

    [Fact]
    public async Task A_device_of_another_subtype_is_not_touched()
    {
        var kernel = new FakeTcmuKernel();
        kernel.AddExisting("x", "other//a", minor: 0);
        kernel.AddExisting("y", "fil//a", minor: 1);
        await using var fixture = new FrontFixture(kernel);

        await fixture.StartAsync();

        Assert.Empty(fixture.Front.Devices);
        Assert.Equal(2, fixture.Front.ForeignDeviceCount);
        Assert.DoesNotContain(kernel.Journal, entry => entry.Contains("action", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_kernel_without_block_netlink_is_served_all_the_same()
    {
        var kernel = new FakeTcmuKernel { CanBlockNetlink = false };
        kernel.AddExisting("d1", "file//a", minor: 0);
        await using var fixture = new FrontFixture(kernel);

        await fixture.StartAsync();

        Assert.Equal(TcmuDeviceState.Serving, Assert.Single(fixture.Front.Devices).State);
        Assert.DoesNotContain(kernel.Journal, entry => entry.Contains("netlink", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_device_removed_while_netlink_was_blocked_is_dropped()
    {
        var kernel = new FakeTcmuKernel();
        FakeKernelDevice gone = kernel.AddExisting("d1", "file//a", minor: 0);
        kernel.AddExisting("d2", "file//b", minor: 1);
        await using var fixture = new FrontFixture(kernel);
        fixture.Factory.OnOpen = (request, _) =>
        {
            if (request.Minor == 1)
            {
                kernel.Vanish(gone);
            }

            return Task.CompletedTask;
        };

        await fixture.StartAsync();

        Assert.Equal("file/d2", Assert.Single(fixture.Front.Devices).Name);
    }

    [Fact]
    public async Task A_handler_that_hangs_does_not_hold_up_the_start_nor_the_other_devices()
    {
        var kernel = new FakeTcmuKernel();
        kernel.AddExisting("slow", "file//a", minor: 0);
        kernel.AddExisting("quick", "file//b", minor: 1);
        var options = new TcmuFrontOptions { MaximumParallelOpens = 1 };
        await using var fixture = new FrontFixture(kernel, options);
        fixture.Factory.OnOpen = (request, _) => request.Minor == 0 ? fixture.HangAsync() : Task.CompletedTask;

        Task started = fixture.StartAsync();
        await fixture.PassAsync(options.OpenSlotLimit);
        await fixture.LoggedAsync("file/quick (uio1) is being served");
        await fixture.PassAsync(options.StartLimit - options.OpenSlotLimit);
        await started;

        Assert.Equal([TcmuDeviceState.Opening, TcmuDeviceState.Serving], fixture.Front.Devices.Select(device => device.State));
        Assert.False(kernel.IsNetlinkBlocked);
    }

    [Fact]
    public async Task Events_between_membership_and_the_acknowledgement_are_not_lost()
    {
        var kernel = new FakeTcmuKernel();
        FakeKernelDevice? device = null;
        kernel.BeforeFeaturesAcknowledged = () => (device, _) = kernel.Create("d1", "file//a", repliesSupported: -1);
        await using var fixture = new FrontFixture(kernel);

        await fixture.StartAsync();
        await fixture.LoggedAsync("file/d1 (uio0) is being served");

        Assert.Equal("file/d1", Assert.Single(fixture.Front.Devices).Name);
    }

    [Fact]
    public async Task Only_root_can_start()
    {
        await using var fixture = new FrontFixture(isPrivileged: false);

        TcmuException exception = await Assert.ThrowsAsync<TcmuException>(fixture.StartAsync);

        Assert.Equal(TcmuErrorKind.NotPermitted, exception.Kind);
        Assert.Empty(fixture.Kernel.Journal);
    }

    [Fact]
    public async Task A_missing_module_is_named_with_the_remedy()
    {
        await using var fixture = new FrontFixture(new FakeTcmuKernel { HasModule = false });

        TcmuException exception = await Assert.ThrowsAsync<TcmuException>(fixture.StartAsync);

        Assert.Equal(TcmuErrorKind.ModuleMissing, exception.Kind);
        Assert.Contains("modprobe target_core_user", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_configfs_is_named_with_the_remedy()
    {
        await using var fixture = new FrontFixture(new FakeTcmuKernel { HasConfigFs = false });

        TcmuException exception = await Assert.ThrowsAsync<TcmuException>(fixture.StartAsync);

        Assert.Equal(TcmuErrorKind.ConfigFsMissing, exception.Kind);
        Assert.Contains("mount -t configfs", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_fails_leaves_netlink_unblocked()
    {
        await using var fixture = new FrontFixture(new FakeTcmuKernel { SetFeaturesStatus = -1 });

        TcmuException exception = await Assert.ThrowsAsync<TcmuException>(fixture.StartAsync);

        Assert.Equal(TcmuErrorKind.NotPermitted, exception.Kind);
        Assert.False(fixture.Kernel.IsNetlinkBlocked);
        Assert.True(fixture.Kernel.IsSocketClosed);
    }

    [Fact]
    public async Task A_kernel_that_takes_no_replies_is_served_all_the_same()
    {
        await using var fixture = new FrontFixture(new FakeTcmuKernel { SetFeaturesStatus = -95 });

        await fixture.StartAsync();
        fixture.Kernel.Create("d1", "file//a");
        await fixture.LoggedAsync("file/d1 (uio0) is being served");

        Assert.Contains(fixture.Logger.Lines, line => line.Contains("takes no replies", StringComparison.Ordinal));
    }
}

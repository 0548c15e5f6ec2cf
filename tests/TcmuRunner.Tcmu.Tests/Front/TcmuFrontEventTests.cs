// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Tcmu.Tests.Netlink;

namespace TcmuRunner.Tcmu.Tests.Front;

public sealed class TcmuFrontEventTests
{
    [Fact]
    public async Task A_new_device_is_served_before_its_creation_returns()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();

        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");

        Assert.Equal(0, await enabled.WaitAsync(FrontFixture.Limit));
        Assert.Equal(1, device.DoneCount);
        Assert.Equal(TcmuDeviceState.Serving, Assert.Single(fixture.Front.Devices).State);
        Assert.False(fixture.Factory.Requests[0].IsReopen);
        Assert.Null(fixture.Factory.Requests[0].WriteCache);
        Assert.DoesNotContain(fixture.Kernel.Journal, entry => entry.Contains("action", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("file//cached", "1")]
    [InlineData("file//a", "0")]
    public async Task A_new_devices_write_cache_is_told_to_configfs(string configuration, string expected)
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();

        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", configuration);
        await enabled.WaitAsync(FrontFixture.Limit);

        Assert.Equal(expected, device.Attributes["emulate_write_cache"]);
    }

    [Theory]
    [InlineData(HandlerErrorKind.Failed, -5)]
    [InlineData(HandlerErrorKind.InvalidConfiguration, -22)]
    [InlineData(HandlerErrorKind.NotFound, -2)]
    [InlineData(HandlerErrorKind.AccessDenied, -13)]
    [InlineData(HandlerErrorKind.SizeMismatch, -22)]
    [InlineData(HandlerErrorKind.NotSupported, -95)]
    [InlineData(HandlerErrorKind.NoSpace, -28)]
    [InlineData(HandlerErrorKind.Busy, -16)]
    [InlineData(HandlerErrorKind.TimedOut, -110)]
    public async Task A_device_whose_handler_refuses_is_not_created(HandlerErrorKind kind, int expected)
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        fixture.Factory.OnOpen = (_, _) => throw new HandlerException(kind, "No.");

        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");

        Assert.Equal(expected, await enabled.WaitAsync(FrontFixture.Limit));
        Assert.Equal(1, device.DoneCount);
        Assert.Empty(fixture.Front.Devices);
    }

    [Theory]
    [InlineData("other//a", -2)]
    [InlineData("fil//a", -2)]
    [InlineData("file//a;tcmur_cmd_time_out=soon", -22)]
    [InlineData("file//a;tcmur_cmd_time_out", -22)]
    [InlineData("file//a;x;x", -22)]
    public async Task A_configuration_that_cannot_be_served_is_refused(string configuration, int expected)
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();

        Assert.Equal(expected, await fixture.Kernel.Create("d1", configuration).Enabled.WaitAsync(FrontFixture.Limit));
        Assert.Empty(fixture.Factory.Requests);
    }

    [Fact]
    public async Task Foreign_events_are_left_to_another_daemon_when_that_is_wanted()
    {
        await using var fixture = new FrontFixture(options: new TcmuFrontOptions { AnswerForeign = false });
        await fixture.StartAsync();

        (FakeKernelDevice foreign, Task<int> enabled) = fixture.Kernel.Create("x", "other//a");
        await fixture.Kernel.Create("d1", "file//a").Enabled.WaitAsync(FrontFixture.Limit);

        Assert.False(enabled.IsCompleted);
        Assert.Equal(0, foreign.DoneCount);
    }

    [Fact]
    public async Task Removal_is_answered_after_the_device_was_stopped_and_without_touching_configfs()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");
        await enabled.WaitAsync(FrontFixture.Limit);

        await fixture.Kernel.RemoveAsync(device).WaitAsync(FrontFixture.Limit);

        Assert.True(fixture.Factory["file/d1"].IsDisposed);
        Assert.Equal(2, device.DoneCount);
        Assert.Empty(fixture.Front.Devices);
    }

    [Fact]
    public async Task The_environment_of_a_removed_device_does_not_touch_configfs()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        (FakeKernelDevice device, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");
        await enabled.WaitAsync(FrontFixture.Limit);
        fixture.Factory["file/d1"].OnStop = () =>
        {
            _ = fixture.Factory.Requests[0].Environment.UnitSerialNumber;
            _ = fixture.Factory.Requests[0].Environment.TargetPortGroups!.Read();
            return Task.CompletedTask;
        };

        await fixture.Kernel.RemoveAsync(device).WaitAsync(FrontFixture.Limit);

        Assert.Empty(fixture.Kernel.Violations);
    }

    [Fact]
    public async Task A_creation_announced_twice_is_answered_twice_and_opened_once()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        FakeKernelDevice device = fixture.Kernel.AddExisting("d1", "file//a", minor: 0);
        byte[] added = FakeTcmuKernel.WriteEvent(
            FakeTcmuKernel.FamilyId, Tcmu.Netlink.TcmuCommand.AddedDevice, 2, 0, device.UioName, device.Id);

        fixture.Kernel.Enqueue(added);
        await fixture.LoggedAsync("file/d1 (uio0) is being served");
        fixture.Kernel.Enqueue(added);
        await fixture.LoggedAsync("Nobody waited for reply 4.");

        Assert.Equal(2, device.DoneCount);
        Assert.Single(fixture.Factory.Requests);
    }

    [Fact]
    public async Task A_number_with_a_new_owner_replaces_the_device_whose_removal_was_missed()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        (FakeKernelDevice old, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");
        await enabled.WaitAsync(FrontFixture.Limit);
        FakeDevice opened = fixture.Factory["file/d1"];
        fixture.Kernel.Vanish(old);

        (_, enabled) = fixture.Kernel.Create("d1", "file//a");

        Assert.Equal(0, await enabled.WaitAsync(FrontFixture.Limit));
        await opened.Ended.WaitAsync(FrontFixture.Limit);
        Assert.Equal(2, fixture.Factory.Requests.Count);
        Assert.Single(fixture.Front.Devices);
    }

    [Fact]
    public async Task An_event_of_version_1_gets_no_reply_and_its_device_is_kept()
    {
        await using var fixture = new FrontFixture(new FakeTcmuKernel { Version = 1 });
        await fixture.StartAsync();
        bool fails = true;
        fixture.Factory.OnOpen = (_, _) => fails ? throw new HandlerException(HandlerErrorKind.NotFound, "Not yet.") : Task.CompletedTask;

        (FakeKernelDevice device, _) = fixture.Kernel.Create("d1", "file//a");
        await fixture.LoggedAsync("was refused: Not yet.");
        fails = false;
        await fixture.PassAsync(TimeSpan.FromSeconds(1));
        await fixture.LoggedAsync("file/d1 (uio0) is being served");

        Assert.Equal(0, device.DoneCount);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, -22)]
    public async Task An_event_without_a_usable_name_is_answered(bool isRemoval, int expected)
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        (FakeKernelDevice device, Task<int> done) = fixture.Kernel.Create("..", "file//a");
        if (isRemoval)
        {
            device = fixture.Kernel.AddExisting("..", "file//a", 8);
            Task removed = fixture.Kernel.RemoveAsync(device);
            await removed.WaitAsync(FrontFixture.Limit);
            done = Task.FromResult(0);
        }

        Assert.Equal(expected, await done.WaitAsync(FrontFixture.Limit));
        Assert.Equal(1, device.DoneCount);
    }

    [Fact]
    public async Task A_creation_whose_handler_hangs_fails_in_time_and_the_others_go_on()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        fixture.Factory.OnOpen = (request, _) => request.Minor == 0 ? fixture.HangAsync() : Task.CompletedTask;

        Task<int> hung = fixture.Kernel.Create("d1", "file//a").Enabled;
        Assert.Equal(0, await fixture.Kernel.Create("d2", "file//b").Enabled.WaitAsync(FrontFixture.Limit));
        await fixture.PassAsync(new TcmuFrontOptions().OpenLimit);

        Assert.Equal(-110, await hung.WaitAsync(FrontFixture.Limit));
        Assert.Equal("file/d2", Assert.Single(fixture.Front.Devices).Name);
    }

    [Fact]
    public async Task Devices_are_created_at_the_same_time()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        using var both = new CountdownEvent(2);
        fixture.Factory.OnOpen = (_, cancellationToken) =>
        {
            both.Signal();
            Assert.True(both.Wait(FrontFixture.Limit, cancellationToken));
            return Task.CompletedTask;
        };

        Task<int> first = fixture.Kernel.Create("d1", "file//a").Enabled;
        Task<int> second = fixture.Kernel.Create("d2", "file//b").Enabled;

        int[] statuses = await Task.WhenAll(first, second).WaitAsync(FrontFixture.Limit);
        Assert.Equal([0, 0], statuses);
    }

    [Fact]
    public async Task Creation_is_refused_while_the_front_stops()
    {
        await using var fixture = new FrontFixture();
        await fixture.StartAsync();
        (_, Task<int> enabled) = fixture.Kernel.Create("d1", "file//a");
        await enabled.WaitAsync(FrontFixture.Limit);
        Task<int>? late = null;
        fixture.Factory["file/d1"].OnStop = async () => late = Task.FromResult(await fixture.Kernel.Create("d2", "file//b").Enabled);

        await fixture.Front.StopAsync(CancellationToken.None).WaitAsync(FrontFixture.Limit);

        Assert.Equal(-11, await late!);
    }
}
